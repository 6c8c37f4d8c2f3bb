import type { Column, Mesh } from '../contract/index.ts'
import type { Name, TableId } from '../model/index.ts'
import { type ColumnDecision, type Expr, type RowCondition, type TableDecision, tellCondition } from '../policy/index.ts'
import { effectiveTransform } from './mask-sql.ts'
import { joinTransforms } from './transform.ts'

export interface ToldColumn {
  /** `clear`, a mask, `null` or `hidden`; where it differs from row to row, with the conditions. */
  readonly protection: string
  readonly rules: readonly string[]
}

/** How a condition is told to whoever reads of the decision. */
type Tell = (expr: Expr) => string

export function tellRows(rows: RowCondition): string {
  return rows.kind === 'where' ? tellCondition(rows.expr) : rows.kind
}

export const idsOf = (rules: readonly { readonly id: string }[]): string[] => [...new Set(rules.map(rule => rule.id))].sort()

/** Every column of the contract; one that may not be discovered is hidden. */
export function tellColumns(mesh: Mesh, decision: TableDecision, tell: Tell = tellCondition): ReadonlyMap<Name, ToldColumn> {
  const decided = new Map(decision.columns.map(column => [column.name, column]))
  return new Map(
    columnsOf(mesh, decision.table).map(column => {
      const one = decided.get(column.name)
      return [column.name, one === undefined ? { protection: 'hidden', rules: [] } : tellColumn(mesh, column, one, tell)]
    }),
  )
}

const columnsOf = (mesh: Mesh, table: TableId): readonly Column[] =>
  mesh.domains.flatMap(domain => domain.products.flatMap(product => product.tables)).find(one => one.id === table)?.columns ?? []

function tellColumn(mesh: Mesh, column: Column, { reveal, masks }: ColumnDecision, tell: Tell): ToldColumn {
  const rules = idsOf([...reveal.because, ...masks.flatMap(mask => mask.because)])
  if (reveal.kind === 'none') return { protection: 'null', rules }
  const semantic = column.semanticType === undefined ? undefined : mesh.taxonomy.semanticTypes.get(column.semanticType)
  const shown = { sql: '', type: column.type, token: '', ...(semantic === undefined ? {} : { semantic }) }
  const always = joinTransforms(...masks.flatMap(mask => (mask.when === true ? [mask.transform] : [])))
  const sometimes = masks.flatMap(mask => (mask.when === true ? [] : [`${mask.transform} where ${tell(mask.when)}`]))
  const told = [effectiveTransform(always, shown), ...sometimes].join(', ')
  return { protection: reveal.kind === 'where' ? `${told}, only where ${tell(reveal.expr)}` : told, rules }
}
