import { type KeyedUid, keysOf, type Scope, scopeKey, uidKey } from '../cedar/index.ts'
import type { Action } from './policy.ts'
import type { Rule } from './rule.ts'
import type { Principal, Resource } from './world.ts'

/** Rules whose resource scope holds or may hold, by the key of their principal scope, each list in the order of ids. */
export type Candidates = ReadonlyMap<string, readonly ScopedRule[]>

/** Rules by the entity or type that their resource scope names, so that a question costs what applies to it. */
export interface RuleIndex {
  /** What was found for a resource before; resources of a world are made once. */
  readonly found: WeakMap<Resource, Candidates>
  readonly byEntity: ReadonlyMap<string, readonly Rule[]>
  readonly byType: ReadonlyMap<string, readonly Rule[]>
  readonly everywhere: readonly Rule[]
}

export function indexRules(rules: readonly Rule[], action: Action): RuleIndex {
  const byEntity = new Map<string, Rule[]>()
  const byType = new Map<string, Rule[]>()
  const everywhere: Rule[] = []
  for (const rule of rules.filter(one => one.action.has(action))) listOf(rule.resource, byEntity, byType, everywhere).push(rule)
  return { found: new WeakMap(), byEntity, byType, everywhere }
}

function listOf(scope: Scope, byEntity: Map<string, Rule[]>, byType: Map<string, Rule[]>, everywhere: Rule[]): Rule[] {
  if (scope.op === 'all') return everywhere
  if (scope.op === 'is') return scope.in === undefined ? listIn(byType, scope.type) : placeOf(scope.in, byEntity, byType)
  return placeOf(scope.uid, byEntity, byType)
}

/** A scope that names one row may concern every row of its type. */
function placeOf(uid: KeyedUid, byEntity: Map<string, Rule[]>, byType: Map<string, Rule[]>): Rule[] {
  return uid.type.startsWith('Mesh::') ? listIn(byEntity, uid.key) : listIn(byType, uid.type)
}

function listIn(map: Map<string, Rule[]>, key: string): Rule[] {
  const list = map.get(key) ?? []
  map.set(key, list)
  return list
}

export type Match = 'yes' | 'no' | 'unknown'

export interface ScopedRule {
  readonly rule: Rule
  /** `unknown`: it hangs on the identity of the row. */
  readonly match: Exclude<Match, 'no'>
}

/** The rules whose resource scope holds or may hold, in no order. */
export function findRules(index: RuleIndex, resource: Resource): readonly ScopedRule[] {
  const type = resource.kind === 'row' ? resource.type : resource.uid.type
  return [...scoped(index.everywhere, resource), ...scoped(index.byType.get(type), resource), ...findRulesUnder(index, resource, new Set())]
}

/** Those whose scope names something above the resource that is not among `others`. */
export function findRulesUnder(index: RuleIndex, resource: Resource, others: ReadonlySet<string>): readonly ScopedRule[] {
  const out: ScopedRule[] = []
  for (const key of resource.ancestors) if (!others.has(key)) out.push(...scoped(index.byEntity.get(key), resource))
  return out
}

function scoped(rules: readonly Rule[] | undefined, resource: Resource): readonly ScopedRule[] {
  if (rules === undefined) return none
  return rules.flatMap(rule => {
    const match = matchResource(rule.resource, resource)
    return match === 'no' ? [] : [{ rule, match }]
  })
}

const none: readonly ScopedRule[] = []

export function candidatesOf(index: RuleIndex, resource: Resource): Candidates {
  const known = index.found.get(resource)
  if (known !== undefined) return known
  const found = indexByPrincipal(findRules(index, resource))
  index.found.set(resource, found)
  return found
}

export function indexByPrincipal(rules: readonly ScopedRule[]): Candidates {
  const out = new Map<string, ScopedRule[]>()
  for (const one of [...rules].sort((a, b) => (a.rule.ref.id < b.rule.ref.id ? -1 : 1))) {
    const key = scopeKey(one.rule.principal)
    const list = out.get(key)
    if (list === undefined) out.set(key, [one])
    else list.push(one)
  }
  return out.size === 0 ? nobody : out
}

const nobody: Candidates = new Map()

/** Those whose principal scope holds too; those of one scope in the order of their ids. */
export function rulesFor(candidates: Candidates, principal: Principal): readonly ScopedRule[] {
  if (candidates.size === 0) return none
  const keys = keysOf(principal)
  let out = none
  const add = (rules: readonly ScopedRule[] | undefined): void => {
    if (rules !== undefined) out = out.length === 0 ? rules : [...out, ...rules]
  }
  // Whichever is shorter to walk.
  if (candidates.size > keys.size) for (const key of keys) add(candidates.get(key))
  else for (const [key, rules] of candidates) if (keys.has(key)) add(rules)
  return out
}

/** Whether a resource scope holds of a resource. */
export function matchResource(scope: Scope, resource: Resource): Match {
  if (scope.op === 'all') return 'yes'
  if (scope.op === 'is') {
    if (scope.type !== (resource.kind === 'row' ? resource.type : resource.uid.type)) return 'no'
    return scope.in === undefined ? 'yes' : matchPlace(scope.in, resource)
  }
  if (scope.op === 'in') return matchPlace(scope.uid, resource)
  if (resource.kind === 'row') return scope.uid.type === resource.type ? 'unknown' : 'no'
  return scope.uid.key === uidKey(resource.uid) ? 'yes' : 'no'
}

function matchPlace(uid: KeyedUid, resource: Resource): Match {
  if (resource.kind === 'row' && uid.type === resource.type) return 'unknown'
  return resource.ancestors.has(uid.key) ? 'yes' : 'no'
}
