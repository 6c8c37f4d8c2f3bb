import type { Environment } from './closure.ts'
import { type Guard, holds, type Primitive, pathKey, valueAt } from './guard.ts'
import type { CompiledPolicy } from './policy.ts'
import type { Value } from './value.ts'

interface Group {
  readonly guard: Guard
  readonly all: CompiledPolicy[]
  readonly byValue: Map<Value, CompiledPolicy[]>
}

/** How many different literals the policies compare a path with: the more, the fewer policies each value leaves. */
export type Selectivity = ReadonlyMap<string, number>

/** Policies of equal scope, those that ask for a certain value found by it. */
export class Candidates {
  readonly #unguarded: CompiledPolicy[] = []
  readonly #groups: readonly Group[]

  constructor(policies: Iterable<CompiledPolicy>, selectivity: Selectivity) {
    const groups = new Map<string, Group>()
    for (const policy of policies) {
      const guard = bestOf(policy.guards, selectivity)
      if (guard === undefined) this.#unguarded.push(policy)
      else put(groups, guard, policy)
    }
    // A group that is small costs more to ask than it saves.
    const [small, large] = [[...groups.values()].filter(isSmall), [...groups.values()].filter(group => !isSmall(group))]
    this.#unguarded.push(...small.flatMap(group => group.all))
    this.#groups = large
  }

  /** Calls `visit` for all of them but those that are certainly false and do not err. */
  visit(environment: Environment, visit: (policy: CompiledPolicy) => void): void {
    for (const policy of this.#unguarded) visit(policy)
    for (const { guard, all, byValue } of this.#groups) {
      const value = valueAt(guard.path, environment)
      const certain = value !== undefined && guard.preconditions.every(one => holds(one, environment))
      for (const policy of certain ? (byValue.get(value) ?? []) : all) visit(policy)
    }
  }
}

const isSmall = (group: Group): boolean => group.all.length < 4

function bestOf(guards: readonly Guard[], selectivity: Selectivity): Guard | undefined {
  const worth = (guard: Guard): number => selectivity.get(pathKey(guard.path)) ?? 0
  return guards.reduce<Guard | undefined>((best, guard) => (best === undefined || worth(guard) > worth(best) ? guard : best), undefined)
}

/** Those of one group ask the same preconditions. */
function put(groups: Map<string, Group>, guard: Guard, policy: CompiledPolicy): void {
  const key = [pathKey(guard.path), ...guard.preconditions.map(one => `${pathKey(one)}:${one.type}`)].join(' ')
  const group: Group = groups.get(key) ?? { guard, all: [], byValue: new Map() }
  groups.set(key, group)
  group.all.push(policy)
  const ofValue = group.byValue.get(guard.literal) ?? []
  group.byValue.set(guard.literal, ofValue)
  ofValue.push(policy)
}

export function selectivityOf(policies: readonly CompiledPolicy[]): Selectivity {
  const literals = new Map<string, Set<Primitive>>()
  for (const { guards } of policies)
    for (const { path, literal } of guards) {
      const key = pathKey(path)
      literals.set(key, (literals.get(key) ?? new Set()).add(literal))
    }
  return new Map([...literals].map(([key, set]) => [key, set.size]))
}
