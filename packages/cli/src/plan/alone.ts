import type { Name, TableId } from '@selvage/kernel/model'
import { type CompiledPolicies, touchedLabels } from '@selvage/kernel/policy'
import type { Item } from './item.ts'
import type { Sight } from './sight.ts'

/** What a statement touches; undefined: it is seen as the whole table is. */
export type Touched = readonly string[] | undefined

/** Columns of which each alone touches the same, by the rules of before and by those of after. */
export interface Alone {
  readonly columns: readonly Name[]
  readonly before: Touched
  readonly after: Touched
}

/**
 * What must be asked beside the whole table: where rules look at all that a statement touches, what is forbidden together may
 * be seen one after the other.
 */
export function askedAlone(before: CompiledPolicies | undefined, after: CompiledPolicies, table: TableId): readonly Alone[] {
  const names = new Set([before, after].flatMap(side => (side === undefined ? [] : columnsOf(side, table))))
  const groups = new Map<string, Alone>()
  for (const name of names) {
    const touched = { before: touchedAlone(before, table, name), after: touchedAlone(after, table, name) }
    if (touched.before === undefined && touched.after === undefined) continue
    const key = JSON.stringify([touched.before ?? null, touched.after ?? null])
    groups.set(key, { ...touched, columns: [...(groups.get(key)?.columns ?? []), name] })
  }
  return [...groups.values()]
}

function touchedAlone(side: CompiledPolicies | undefined, table: TableId, name: Name): Touched {
  if (side?.askStatement !== true) return undefined
  const all = columnsOf(side, table)
  const labels = (of: readonly Name[]): readonly string[] => touchedLabels(side.world, new Map([[table, of]]))
  const touched = labels([name])
  return all.includes(name) && touched.join(' ') !== labels(all).join(' ') ? touched : undefined
}

const columnsOf = ({ world }: CompiledPolicies, table: TableId): readonly Name[] => [...(world.tables.get(table)?.cells.keys() ?? [])]

/** Of these columns, what one sees of the table. */
export function sightOn(sight: Sight, columns: readonly string[]): Sight {
  if ('code' in sight) return sight
  return { ...sight, columns: new Map([...sight.columns].filter(([name]) => columns.includes(name))) }
}

/** What becomes of one column. */
interface Part {
  readonly item: Item
  readonly column: string
}

/** What becomes of columns each alone, where it is not what becomes of them in the whole table. */
export function aloneItems(
  whole: readonly Item[],
  alone: readonly { readonly columns: readonly Name[]; readonly items: readonly Item[] }[],
) {
  const said = new Set(whole.flatMap(item => (item.of === 'rows' ? [keyOf(item)] : item.columns.map(column => keyOf(item, column)))))
  const parts = alone.flatMap(({ columns, items }) => items.flatMap(item => partsOf(item, columns)))
  const found = new Map<string, Part[]>()
  for (const part of parts) {
    const { item, column } = part
    if (said.has(keyOf(item, item.of === 'rows' ? undefined : column))) continue
    const key = keyOf(item)
    found.set(key, [...(found.get(key) ?? []), part])
  }
  return [...found.values()].map(itemOf)
}

const partsOf = (item: Item, columns: readonly string[]): Part[] =>
  (item.of === 'rows' ? columns : item.columns).map(column => ({ item, column }))

function itemOf(parts: readonly Part[]): Item {
  const { item } = parts[0]!
  const alone = parts.map(({ column }) => column)
  return { ...item, columns: item.of === 'rows' ? [] : alone, alone }
}

/** Of rows, or of one column, or of any alike. */
const keyOf = ({ of, before, after }: Item, column?: string): string => JSON.stringify([of, column ?? null, before, after])
