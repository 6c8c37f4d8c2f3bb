import type { CompiledPolicies } from './compile.ts'
import { generatedPolicies } from './generated.ts'
import type { PolicyJson } from './policy.ts'
import type { Rule } from './rule.ts'
import type { Resource, TablePlace } from './world.ts'

/** All that is decided by: what contracts stand for, and what somebody wrote. */
export const everyPolicy = ({ world, written }: CompiledPolicies): readonly PolicyJson[] => [...generatedPolicies(world.mesh), ...written]

/**
 * Whether a rule may say something else of a table than before: it is new or written otherwise, or the table or one of its
 * columns is, or stands elsewhere: under another label, say, which a rule of old names.
 */
export function changedSince(before: CompiledPolicies): (rule: Rule, place: TablePlace) => boolean {
  const known = new Map(everyPolicy(before).map(policy => [policy.id, textOf(policy)]))
  const moved = new Map<TablePlace, boolean>()
  const isMoved = (place: TablePlace): boolean => {
    const old = before.world.tables.get(place.table.id)
    const found = moved.get(place) ?? (old === undefined || standing(old) !== standing(place))
    moved.set(place, found)
    return found
  }
  return ({ policy }, place) => known.get(policy.id) !== textOf(policy) || isMoved(place)
}

const textOf = ({ est, annotations }: PolicyJson): string => JSON.stringify([est, annotations])

function standing({ asProduct, asTable, asColumns, row, cells, table }: TablePlace): string {
  const above = ({ ancestors }: Resource): readonly string[] => [...ancestors].sort()
  const columns = table.columns.map(({ name, type, required }) => [name, type, required])
  return JSON.stringify([columns, ...[asProduct, asTable, ...asColumns.values(), row, ...cells.values()].map(above)])
}
