import type { Rule } from './rule.ts'
import { matchResource } from './rule-index.ts'
import type { RowResource, TablePlace } from './world.ts'

/** The rows (for `read`) and cells (for `reveal`) of a table that the scope of a rule reaches. */
export function reachedRows(rule: Rule, place: TablePlace): readonly RowResource[] {
  const reaches = (row: RowResource): boolean => matchResource(rule.resource, row) !== 'no'
  const rows = rule.action.has('read') && reaches(place.row) ? [place.row] : []
  return rule.action.has('reveal') ? [...rows, ...[...place.cells.values()].filter(reaches)] : rows
}

export const concerns = (rule: Rule, place: TablePlace): boolean => reachedRows(rule, place).length > 0
