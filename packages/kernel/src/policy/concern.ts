import type { Rule } from './rule.ts'
import { matchResource } from './rule-index.ts'
import type { Resource, RowResource, TablePlace } from './world.ts'

/** The rows (for `read`) and cells (for `reveal`) of a table that the scope of a rule reaches. */
export function reachedRows(rule: Rule, place: TablePlace): readonly RowResource[] {
  const reaches = (row: RowResource): boolean => matchResource(rule.resource, row) !== 'no'
  const rows = rule.action.has('read') && reaches(place.row) ? [place.row] : []
  return rule.action.has('reveal') ? [...rows, ...[...place.cells.values()].filter(reaches)] : rows
}

export const concerns = (rule: Rule, place: TablePlace): boolean => reachedRows(rule, place).length > 0

/** The product, table and columns as such (for `discover`) that the scope of a rule reaches. */
export function reachedAssets(rule: Rule, { asProduct, asTable, asColumns }: TablePlace): readonly Resource[] {
  if (!rule.action.has('discover')) return []
  return [asProduct, asTable, ...asColumns.values()].filter(asset => matchResource(rule.resource, asset) !== 'no')
}
