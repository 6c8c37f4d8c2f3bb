import type { ColumnDecision, Remedies, RowCondition, RuleRef, TableDecision } from '@selvage/kernel/policy'
import { columnProtection } from '@selvage/kernel/query'
import type { FastifyInstance } from 'fastify'
import type { Ruling } from '../../decide/index.ts'
import { Known } from '../../decide/known.ts'
import { parseSqlRequest } from '../../decide/request.ts'
import { type Explained, explain } from '../../pipeline.ts'
import type { Gate } from '../../ports.ts'
import type { Admission } from './admission.ts'

export function whyRoute(server: FastifyInstance, gate: Gate, admission: Admission): void {
  server.post('/v1/why', { onRequest: admission.admit }, async (request, reply) => {
    const asked = { sender: admission.senderOf(request), request: parseSqlRequest(request.body, gate.config.limits) }
    return reply.header('cache-control', 'no-store').send(describe(await explain(gate, asked)))
  })
}

function describe({ decided, columns, receipt }: Explained): object {
  const { ruling, identified } = decided
  const known = Known.of(identified.generation, identified.asking)
  const tables = [...ruling.tables.values()].map(table =>
    describeTable(ruling, table, known.remedies({ purpose: ruling.asker.purpose, labels: ruling.labels }, table)),
  )
  return { purpose: ruling.asker.purpose, labels: ruling.labels, columns, tables, receipt }
}

function describeTable(ruling: Ruling, table: TableDecision, remedies: Remedies): object {
  const binding = ruling.generation.bindings.get(table.table)!
  const used = ruling.used.get(table.table)
  return {
    table: table.table,
    rows: {
      ...rowsOf(table.rows),
      wouldChange: remedies.rows.map(({ changes, after }) => ({ changes, visible: visibleOf(after) })),
    },
    columns: table.columns.map(column => ({
      name: column.name,
      used: used?.has(column.name) ?? false,
      protection: columnProtection(column, binding),
      rules: rulesOf(column),
      wouldChange: (remedies.columns.get(column.name) ?? []).map(({ changes, after }) => ({
        changes,
        kind: columnProtection(after, binding).kind,
      })),
    })),
  }
}

/** Which rows and by which rules; the condition itself is a secret of whoever may administer. */
const rowsOf = (rows: RowCondition): object => ({ visible: visibleOf(rows), rules: rows.because })
const visibleOf = ({ kind }: RowCondition): string => (kind === 'where' ? 'some' : kind)

/** Each once: what reveals, and what masks. */
const rulesOf = ({ reveal, masks }: ColumnDecision): readonly RuleRef[] => [
  ...new Map([...masks, reveal].flatMap(({ because }) => because).map(rule => [rule.id, rule])).values(),
]
