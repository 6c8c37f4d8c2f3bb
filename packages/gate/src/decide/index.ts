import { type Name, SelvageError, type TableId } from '@selvage/kernel/model'
import { type Asker, decide as decideTable, declarable, discoverable, type TableDecision, withinRows } from '@selvage/kernel/policy'
import { checkStatement, columnsUsed, findTables, parseTree, positionAt, type SqlTree } from '@selvage/kernel/query'
import type { Identified } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { Recent } from '../recent.ts'
import type { SqlRequest } from './request.ts'

/** One decision per table of the statement, for one purpose. Only `decide` makes one. */
export interface Decided {
  readonly '~stage': 'decided'
  readonly identified: Identified
  readonly request: SqlRequest
  readonly asker: Asker
  readonly tree: SqlTree
  readonly tables: ReadonlyMap<TableId, TableDecision>
  /** Of the columns that exist for this asker, those that the statement may touch. */
  readonly used: ReadonlyMap<TableId, ReadonlySet<Name>>
  /** Everything that this asker may discover: what names in errors are taken from. */
  readonly visible: ReadonlyMap<TableId, readonly Name[]>
}

/** A text means the same tree for everybody. */
const trees = new Recent<string, SqlTree>(500)

export async function decide(gate: Gate, identified: Identified, request: SqlRequest): Promise<Decided> {
  const { generation, who } = identified
  const purpose = statedPurpose(request, identified)
  const tree = trees.find(request.sql) ?? trees.set(request.sql, parseTree(await gate.parser.parse(request.sql)))
  const visible = discoverable(generation.policies, who)
  const ids = tablesOf(tree, request.sql, visible)
  checkStatement(tree, request.sql)
  // Hidden and missing tables are told alike, so the purpose is judged only now.
  permitPurpose(purpose, identified)
  const asker: Asker = { subject: who.subject, actors: who.actors, purpose }
  const tables = new Map(ids.map(id => [id, decideVisible(identified, asker, id)]))
  const used = columnsUsed(tree, new Map([...tables].map(([id, table]) => [id, table.columns.map(column => column.name)])))
  return { '~stage': 'decided', identified, request, asker, tree, tables, used, visible }
}

function statedPurpose(request: SqlRequest, { generation, who }: Identified): string {
  const purposes = (): string => `You may declare: ${declarable(generation.policies, who).join(', ') || 'none'}.`
  if (request.purpose === undefined) throw new SelvageError('purpose.missing', { help: purposes() })
  if (!generation.mesh.taxonomy.purposes.has(request.purpose)) throw new SelvageError('purpose.unknown', { help: purposes() })
  return request.purpose
}

function permitPurpose(purpose: string, { generation, who }: Identified): void {
  const purposes = declarable(generation.policies, who)
  if (!purposes.includes(purpose))
    throw new SelvageError('purpose.not_permitted', { help: `You may declare: ${purposes.join(', ') || 'none'}.` })
}

/** The detail depends on nothing but where the name stands: a hidden table and a missing one read alike. */
function tablesOf(tree: SqlTree, text: string, visible: ReadonlyMap<TableId, readonly Name[]>): readonly TableId[] {
  const found = new Set<TableId>()
  for (const { parts, location } of findTables(tree, text)) {
    const id = parts.join('.').toLowerCase() as TableId
    if (parts.length !== 3 || !visible.has(id)) {
      const known = [...visible.keys()].sort().slice(0, 20)
      throw new SelvageError('query.unknown_table', {
        help:
          known.length === 0
            ? 'Tables are named domain.product.table.'
            : `Tables are named domain.product.table. You may use: ${known.join(', ')}.`,
        ...(location === undefined ? {} : { position: positionAt(text, location) }),
      })
    }
    found.add(id)
  }
  return [...found]
}

function decideVisible({ generation }: Identified, asker: Asker, id: TableId): TableDecision {
  const decision = decideTable(generation.policies, asker, id)
  if ('kind' in decision) throw new SelvageError('query.unknown_table')
  if (decision.rows.kind === 'none') {
    const reasons = decision.rows.because.flatMap(rule => rule.reason ?? [])
    throw new SelvageError('policy.denied', {
      ...(reasons.length === 0 ? {} : { detail: `The rules do not allow this: ${reasons.join('; ')}.` }),
      rules: decision.rows.because,
    })
  }
  if (!generation.bindings.has(id)) throw new SelvageError('engine.product_unavailable')
  return withinRows(decision)
}
