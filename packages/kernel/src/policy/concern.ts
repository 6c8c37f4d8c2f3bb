import type { Rule } from './rule.ts'
import { findRules, indexRules } from './rule-index.ts'
import type { RowResource, TablePlace } from './world.ts'

/** The rows (for `read`) and cells (for `reveal`) of a table that the scope of a rule reaches. */
export function reachedRows(rule: Rule, place: TablePlace): readonly RowResource[] {
  const read = indexRules([rule], 'read')
  const reveal = indexRules([rule], 'reveal')
  const rows = findRules(read, place.row).length > 0 ? [place.row] : []
  return [...rows, ...[...place.cells.values()].filter(cell => findRules(reveal, cell).length > 0)]
}

export const concerns = (rule: Rule, place: TablePlace): boolean => reachedRows(rule, place).length > 0
