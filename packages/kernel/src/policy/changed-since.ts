import type { CompiledPolicies } from './compile.ts'
import { generatedPolicies } from './generated.ts'
import type { PolicyJson } from './policy.ts'
import { rowAttributes } from './row-type.ts'
import type { Resource, TablePlace } from './world.ts'

/** All that is decided by: what contracts stand for, and what somebody wrote. */
export const everyPolicy = ({ world, written }: CompiledPolicies): readonly PolicyJson[] => [...generatedPolicies(world.mesh), ...written]

/** What may be decided otherwise than before. */
export interface Changed {
  /** Ids of rules that are new, or written otherwise. */
  readonly rules: ReadonlySet<string>
  /** Tables that are new, or of which something stands elsewhere: under another label, say, which a rule of old names. */
  readonly places: ReadonlySet<TablePlace>
}

export function changedSince(before: CompiledPolicies, now: CompiledPolicies): Changed {
  const known = new Map(everyPolicy(before).map(policy => [policy.id, textOf(policy)]))
  const rules = everyPolicy(now).filter(policy => known.get(policy.id) !== textOf(policy))
  const places = [...now.world.tables.values()].filter(place => {
    const old = before.world.tables.get(place.table.id)
    return old === undefined || standing(old) !== standing(place)
  })
  return { rules: new Set(rules.map(({ id }) => id)), places: new Set(places) }
}

const textOf = ({ est, annotations }: PolicyJson): string => JSON.stringify([est, annotations])

/** What its rows and cells are made of, and what it and its columns are in. */
function standing({ asProduct, asTable, asColumns, table }: TablePlace): string {
  const above = ({ ancestors }: Resource): readonly string[] => [...ancestors].sort()
  return JSON.stringify([[...rowAttributes(table)], ...[asProduct, asTable, ...asColumns.values()].map(above)])
}
