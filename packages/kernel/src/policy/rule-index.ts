import { type Scope, type Uid, uidKey } from '../cedar/index.ts'
import type { Action } from './policy.ts'
import type { Rule } from './rule.ts'
import type { Principal, Resource } from './world.ts'

/** Rules by the entity or type that their resource scope names, so that a question costs what applies to it. */
export interface RuleIndex {
  /** What was found for a resource before; resources of a world are made once. */
  readonly found: WeakMap<Resource, readonly ScopedRule[]>
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

/** The rules whose resource scope holds or may hold, in the order of their ids. */
export function findRules(index: RuleIndex, resource: Resource): readonly ScopedRule[] {
  const known = index.found.get(resource)
  if (known !== undefined) return known
  const found = matchRules(index, resource)
  index.found.set(resource, found)
  return found
}

function matchRules(index: RuleIndex, resource: Resource): ScopedRule[] {
  const type = resource.kind === 'row' ? resource.type : resource.uid.type
  const found = [...index.everywhere, ...(index.byType.get(type) ?? [])]
  for (const key of resource.ancestors) found.push(...(index.byEntity.get(key) ?? []))
  const out: ScopedRule[] = []
  for (const rule of found) {
    const match = matchResource(rule.resource, resource)
    if (match !== 'no') out.push({ rule, match })
  }
  return out.sort((a, b) => (a.rule.policy.id < b.rule.policy.id ? -1 : 1))
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

export function matchesPrincipal(scope: Scope, principal: Principal): boolean {
  if (scope.op === 'all') return true
  if (scope.op === 'is') return scope.type === principal.uid.type && (scope.in === undefined || principal.ancestors.has(scope.in.key))
  return scope.op === 'in' ? principal.ancestors.has(scope.uid.key) : scope.uid.key === principal.key
}
