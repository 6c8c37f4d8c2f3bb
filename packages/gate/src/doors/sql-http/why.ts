import type { RowCondition, TableDecision } from '@selvage/kernel/policy'
import { columnProtection } from '@selvage/kernel/query'
import type { FastifyInstance } from 'fastify'
import type { Ruling } from '../../decide/index.ts'
import { parseSqlRequest } from '../../decide/request.ts'
import { type Explained, explain } from '../../pipeline.ts'
import type { Gate } from '../../ports.ts'
import type { Admit } from './admission.ts'

export function whyRoute(server: FastifyInstance, gate: Gate, admit: Admit): void {
  server.post('/v1/why', { onRequest: admit }, async (request, reply) => {
    const asked = { rawHeaders: request.raw.rawHeaders, request: parseSqlRequest(request.body, gate.config.limits) }
    return reply.header('cache-control', 'no-store').send(describe(await explain(gate, asked)))
  })
}

function describe({ decided, columns, receipt }: Explained): object {
  const { ruling } = decided
  const tables = [...ruling.tables.values()].map(table => describeTable(ruling, table))
  return { purpose: ruling.asker.purpose, labels: ruling.labels, columns, tables, receipt }
}

function describeTable(ruling: Ruling, table: TableDecision): object {
  const binding = ruling.generation.bindings.get(table.table)!
  const used = ruling.used.get(table.table)
  return {
    table: table.table,
    rows: rowsOf(table.rows),
    columns: table.columns.map(column => ({
      name: column.name,
      used: used?.has(column.name) ?? false,
      protection: columnProtection(column, binding),
    })),
  }
}

/** Which rows and by which rules; the condition itself is a secret of whoever may administer. */
const rowsOf = ({ kind, because }: RowCondition): object => ({ visible: kind === 'where' ? 'some' : kind, rules: because })
