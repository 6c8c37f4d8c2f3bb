import type { Name } from '../model/index.ts'
import { findRules, type RuleIndex } from './rule-index.ts'
import type { RowResource, TablePlace } from './world.ts'

/** Columns of a table that the same rules of `reveal` concern: whoever asks, what is decided of one holds for all. */
export interface ColumnClass {
  readonly names: readonly Name[]
  /** Of any of them. */
  readonly cell: RowResource
}

const known = new WeakMap<RuleIndex, WeakMap<TablePlace, readonly ColumnClass[]>>()

/** `reveal`: the rules of that action. A table has as many classes as its columns have different labels, mostly few. */
export function columnClasses(reveal: RuleIndex, place: TablePlace): readonly ColumnClass[] {
  const ofIndex = known.get(reveal) ?? new WeakMap<TablePlace, readonly ColumnClass[]>()
  known.set(reveal, ofIndex)
  const classes = ofIndex.get(place) ?? classify(reveal, place)
  ofIndex.set(place, classes)
  return classes
}

function classify(reveal: RuleIndex, place: TablePlace): readonly ColumnClass[] {
  const classes = new Map<string, { names: Name[]; cell: RowResource }>()
  for (const [name, cell] of place.cells) {
    const rules = findRules(reveal, cell)
    // A condition that asks where the cell is may differ from column to column, whatever the scopes say.
    const own = rules.some(({ rule }) => rule.asksPlace) ? [name] : []
    const key = JSON.stringify([...own, ...rules.map(({ rule, match }) => `${rule.policy.id} ${match}`).sort()])
    const found = classes.get(key) ?? { names: [], cell }
    classes.set(key, found)
    found.names.push(name)
  }
  return [...classes.values()]
}
