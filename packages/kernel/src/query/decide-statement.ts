import type { Name, TableId } from '../model/index.ts'
import { type TableDecision, touchedLabels, type World } from '../policy/index.ts'
import { checkStatement } from './check-statement.ts'
import { columnsUsed } from './columns-used.ts'
import { findTables } from './find-tables.ts'
import type { SqlTree } from './tree.ts'

export interface Statement {
  readonly sql: string
  /** Of this text. */
  readonly tree: SqlTree
}

/** What rules say of who asks, for the purpose that is stated. */
export interface Ruled {
  readonly world: World
  /** Everything that they may discover, for whatever purpose. */
  readonly visible: ReadonlyMap<TableId, readonly Name[]>
  readonly mayDeclare: () => boolean
  readonly decide: (table: TableId, labels: readonly string[]) => TableDecision | { readonly kind: 'hidden' }
}

export type StatementDecision =
  /** It names what is hidden or missing. `location`: bytes from the start of the text. */
  | { readonly kind: 'unknown'; readonly location?: number }
  /** The purpose may not be declared. */
  | { readonly kind: 'purpose' }
  | { readonly kind: 'denied'; readonly labels: readonly string[]; readonly decision: TableDecision }
  | {
      readonly kind: 'decided'
      readonly labels: readonly string[]
      readonly decisions: readonly TableDecision[]
      /** Of the columns that exist for who asks, those that the statement may touch. */
      readonly used: ReadonlyMap<TableId, ReadonlySet<Name>>
    }

/** What is told of one that is not answered. */
export const statementCodes = { unknown: 'query.unknown_table', purpose: 'purpose.not_permitted', denied: 'policy.denied' } as const

/**
 * The order in which a statement is looked at, wherever it is decided: names, form, purpose, tables. So hidden and missing
 * tables are told alike, whatever else is wrong. Throws `query.unsupported`.
 */
export function decideStatement({ sql, tree }: Statement, { world, visible, mayDeclare, decide }: Ruled): StatementDecision {
  const tables = new Map<TableId, readonly Name[]>()
  for (const { parts, location } of findTables(tree)) {
    const id = parts.join('.').toLowerCase() as TableId
    const columns = parts.length === 3 ? visible.get(id) : undefined
    if (columns === undefined) return { kind: 'unknown', ...(location === undefined ? {} : { location }) }
    tables.set(id, columns)
  }
  checkStatement(tree, sql)
  if (!mayDeclare()) return { kind: 'purpose' }
  // What is touched hangs on what may be discovered, never on what is decided of it.
  const used = columnsUsed(tree, tables)
  const labels = touchedLabels(world, used)
  const decisions: TableDecision[] = []
  for (const id of tables.keys()) {
    const decision = decide(id, labels)
    if ('kind' in decision) return { kind: 'unknown' }
    if (decision.rows.kind === 'none') return { kind: 'denied', labels, decision }
    decisions.push(decision)
  }
  return { kind: 'decided', labels, decisions, used }
}
