import type { Column, Mesh } from '@selvage/kernel/contract'
import type { Name, TableId } from '@selvage/kernel/model'
import type { ColumnDecision, RowCondition, TableDecision } from '@selvage/kernel/policy'
import { effectiveTransform, joinTransforms } from '@selvage/kernel/protect'
import { tellCondition } from './tell-condition.ts'

/** What came of one question, in the words of a decision table. */
export interface Outcome {
  readonly code?: string
  readonly rows?: string
  /** By column, or by `domain.product.table.column` where several tables were asked for. */
  readonly columns: ReadonlyMap<string, ToldColumn>
  /** Of the rules that decide the rows, or why there are none. */
  readonly rules: readonly string[]
}

export interface ToldColumn {
  readonly protection: string
  readonly rules: readonly string[]
}

export const refused = (code: string, rules: readonly string[] = []): Outcome => ({ code, columns: new Map(), rules })

export function tellRows(rows: RowCondition): string {
  return rows.kind === 'where' ? tellCondition(rows.expr) : rows.kind
}

export const idsOf = (rules: readonly { readonly id: string }[]): string[] => [...new Set(rules.map(rule => rule.id))].sort()

/** Every column of the contract; one that may not be discovered is hidden. */
export function tellColumns(mesh: Mesh, decision: TableDecision): ReadonlyMap<Name, ToldColumn> {
  const decided = new Map(decision.columns.map(column => [column.name, column]))
  return new Map(
    columnsOf(mesh, decision.table).map(column => {
      const one = decided.get(column.name)
      return [column.name, one === undefined ? { protection: 'hidden', rules: [] } : tellColumn(mesh, column, one)]
    }),
  )
}

const columnsOf = (mesh: Mesh, table: TableId): readonly Column[] =>
  mesh.domains.flatMap(domain => domain.products.flatMap(product => product.tables)).find(one => one.id === table)?.columns ?? []

function tellColumn(mesh: Mesh, column: Column, { reveal, masks }: ColumnDecision): ToldColumn {
  const rules = idsOf([...reveal.because, ...masks.flatMap(mask => mask.because)])
  if (reveal.kind === 'none') return { protection: 'null', rules }
  const semantic = column.semanticType === undefined ? undefined : mesh.taxonomy.semanticTypes.get(column.semanticType)
  const shown = { sql: '', type: column.type, token: '', ...(semantic === undefined ? {} : { semantic }) }
  const always = joinTransforms(...masks.flatMap(mask => (mask.when === true ? [mask.transform] : [])))
  const sometimes = masks.flatMap(mask => (mask.when === true ? [] : [`${mask.transform} where ${tellCondition(mask.when)}`]))
  const told = [effectiveTransform(always, shown), ...sometimes].join(', ')
  return { protection: reveal.kind === 'where' ? `${told}, only where ${tellCondition(reveal.expr)}` : told, rules }
}
