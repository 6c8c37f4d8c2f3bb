import { isExpressionOf, isList, isRecord, type SqlTree } from './tree.ts'

/**
 * Whether a lambda stands in a lambda. The engine (1.5.6) writes each with an arrow, however it was written, and in one
 * with an arrow it binds no column of an outer query below the first: what was bound as it was sent may not be as it is secured.
 */
export function hasNestedLambda(tree: SqlTree): boolean {
  const open: { readonly part: SqlTree; readonly inside: boolean }[] = [{ part: tree, inside: false }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { part, inside } = next
    const isLambda = isRecord(part) && isExpressionOf(part, 'LAMBDA')
    if (isLambda && inside) return true
    const parts = isList(part) ? part : isRecord(part) ? Object.values(part) : []
    for (const below of parts) open.push({ part: below, inside: inside || isLambda })
  }
  return false
}
