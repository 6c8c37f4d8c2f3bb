import { keysOf, type Scope, scopeKey, type Uid, uidKey } from '../cedar/index.ts'
import type { Action } from './policy.ts'
import type { Rule } from './rule.ts'
import type { Principal, Resource } from './world.ts'

type ByPrincipal = ReadonlyMap<string, readonly ScopedRule[]>

/** Rules by the entity or type that their resource scope names, so that a question costs what applies to it. */
export interface RuleIndex {
  /** What was found for a resource before; resources of a world are made once. */
  readonly found: WeakMap<Resource, ByPrincipal>
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
function placeOf(uid: Uid, byEntity: Map<string, Rule[]>, byType: Map<string, Rule[]>): Rule[] {
  return uid.type.startsWith('Mesh::') ? listIn(byEntity, uidKey(uid)) : listIn(byType, uid.type)
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
  const found = [...index.everywhere, ...(index.byType.get(type) ?? [])]
  for (const key of resource.ancestors) found.push(...(index.byEntity.get(key) ?? []))
  return found.flatMap(rule => {
    const match = matchResource(rule.resource, resource)
    return match === 'no' ? [] : [{ rule, match }]
  })
}

/** Those of them whose principal scope holds too. */
export function findRulesFor(index: RuleIndex, resource: Resource, principal: Principal): readonly ScopedRule[] {
  const byPrincipal = index.found.get(resource) ?? indexByPrincipal(findRules(index, resource))
  index.found.set(resource, byPrincipal)
  if (byPrincipal.size === 0) return none
  const out: ScopedRule[] = []
  for (const key of keysOf(principal)) out.push(...(byPrincipal.get(key) ?? none))
  return out
}

const none: readonly ScopedRule[] = []

function indexByPrincipal(rules: readonly ScopedRule[]): ByPrincipal {
  const out = new Map<string, ScopedRule[]>()
  for (const scoped of rules) {
    const key = scopeKey(scoped.rule.principal)
    const list = out.get(key) ?? []
    out.set(key, list)
    list.push(scoped)
  }
  return out
}

function matchResource(scope: Scope, resource: Resource): Match {
  if (scope.op === 'all') return 'yes'
  if (scope.op === 'is') {
    if (scope.type !== (resource.kind === 'row' ? resource.type : resource.uid.type)) return 'no'
    return scope.in === undefined ? 'yes' : matchPlace(scope.in, resource)
  }
  if (scope.op === 'in') return matchPlace(scope.uid, resource)
  if (resource.kind === 'row') return scope.uid.type === resource.type ? 'unknown' : 'no'
  return scope.uid.key === uidKey(resource.uid) ? 'yes' : 'no'
}

function matchPlace(uid: Uid, resource: Resource): Match {
  if (resource.kind === 'row' && uid.type === resource.type) return 'unknown'
  return resource.ancestors.has(uidKey(uid)) ? 'yes' : 'no'
}
