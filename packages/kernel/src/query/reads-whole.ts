import { isExpressionOf, isList, isRecord, recordsIn, type SqlRecord, type SqlTree, textOf } from './tree.ts'

/**
 * Whether DuckDB may read columns of a table that nothing in the statement needs. Once its search for unused columns
 * has met one of these, it takes every column of what is joined with it for used (`everything_referenced` in
 * `remove_unused_columns.cpp`, 1.5.6). That changes no answer; it only makes the plan name more than the text.
 */
export function mayReadWhole(tree: SqlTree): boolean {
  let joins = false
  let met = false
  for (const record of recordsIn(tree)) {
    // A subquery of an expression is joined too.
    joins ||= record.type === 'JOIN' || isExpressionOf(record, 'SUBQUERY')
    met ||= isMet(record)
  }
  return joins && met
}

const types: ReadonlySet<string> = new Set(['DISTINCT_MODIFIER', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE', 'PIVOT'])

function isMet(record: SqlRecord): boolean {
  const { cte_map: ctes } = record
  return types.has(textOf(record, 'type')) || (isRecord(ctes) && isList(ctes.map) && ctes.map.length > 0)
}
