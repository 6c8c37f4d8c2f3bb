import { Compiler, type Environment } from './closure.ts'
import { ConditionTree, type Found } from './condition-tree.ts'
import type { Entity } from './entity-store.ts'
import { type CompiledPolicy, compilePolicy, type ParsedPolicy, parsePolicy, type Scope, type Slots } from './policy.ts'

/** Policies as Cedar's JSON has them, by id. */
export interface PolicySetJson {
  readonly staticPolicies: Readonly<Record<string, unknown>>
  readonly templates?: Readonly<Record<string, unknown>>
  readonly templateLinks?: readonly { readonly templateId: string; readonly newId: string; readonly values: Slots }[]
}

export interface Authorization {
  readonly decision: 'allow' | 'deny'
  /** Ids of all policies that decided: forbids that hold, or else the permits that do. In no order. */
  readonly reasons: readonly string[]
  /** Ids of the policies that erred; Cedar skips them, and whoever asks may be stricter. */
  readonly errors: readonly string[]
}

/** Few for each resource and action, so that to walk them costs less than to look for each key of a principal. */
type ByPrincipal = readonly { readonly key: string; readonly tree: ConditionTree }[]

/** Policies by what their scopes name, so that a request costs what applies to it and not what exists. */
export class PolicySet {
  /** By action, then by resource, then by principal; `scopeKey` says under which key. */
  readonly #index = new Map<string, Map<string, Map<string, CompiledPolicy[]>>>()
  /** What concerns a resource and an action, by principal. Entities never change. */
  readonly #concerning = new WeakMap<Entity, Map<string, ByPrincipal>>()

  /** Throws `policy.invalid`. */
  constructor(json: PolicySetJson) {
    const compiler = new Compiler()
    const add = (id: string, policy: ParsedPolicy): void => this.#add(compilePolicy(id, policy, compiler))
    for (const [id, est] of Object.entries(json.staticPolicies)) add(id, parsePolicy(est))
    for (const { templateId, newId, values } of json.templateLinks ?? []) add(newId, parsePolicy(json.templates?.[templateId], values))
  }

  authorize(environment: Environment): Authorization {
    const found: Found = { permits: [], forbids: [], errors: [] }
    const concerning = this.#findConcerning(environment.action, environment.resource)
    const keys = keysOf(environment.principal)
    for (const { key, tree } of concerning) if (keys.has(key)) tree.find(environment, found)
    const { permits, forbids, errors } = found
    const decision = forbids.length === 0 && permits.length > 0 ? 'allow' : 'deny'
    return { decision, reasons: forbids.length > 0 ? forbids : permits, errors }
  }

  #add(policy: CompiledPolicy): void {
    const { principal, action, resource } = policy.scopes
    const actions =
      action.op === 'all' ? ['*'] : action.op === '==' ? [`=${action.uid.key}`] : [...new Set(action.uids.map(uid => `<${uid.key}`))]
    for (const key of actions) {
      const byPrincipal = inner(inner(this.#index, key), scopeKey(resource))
      const list = byPrincipal.get(scopeKey(principal)) ?? []
      list.push(policy)
      byPrincipal.set(scopeKey(principal), list)
    }
  }

  #findConcerning(action: Entity, resource: Entity): ByPrincipal {
    const known = this.#concerning.get(resource)?.get(action.key)
    if (known !== undefined) return known
    const ofResource = this.#concerning.get(resource) ?? new Map<string, ByPrincipal>()
    const found = this.#concerns(action, resource)
    this.#concerning.set(resource, ofResource.set(action.key, found))
    return found
  }

  #concerns(action: Entity, resource: Entity): ByPrincipal {
    const found = new Map<string, Set<CompiledPolicy>>()
    for (const actionKey of keysOf(action))
      for (const resourceKey of keysOf(resource))
        for (const [principalKey, policies] of this.#index.get(actionKey)?.get(resourceKey) ?? []) {
          const set = found.get(principalKey) ?? new Set()
          for (const policy of policies) set.add(policy)
          found.set(principalKey, set)
        }
    return [...found].map(([key, policies]) => ({ key, tree: new ConditionTree(policies) }))
  }
}

function inner<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  const found = map.get(key) ?? new Map<string, V>()
  map.set(key, found)
  return found
}

/** Where a scope stands in the index: an entity that matches it has this key among its own (`keysOf`). */
export function scopeKey(scope: Scope): string {
  if (scope.op === 'all') return '*'
  if (scope.op !== 'is') return `${scope.op === '==' ? '=' : '<'}${scope.uid.key}`
  return scope.in === undefined ? `:${scope.type}` : `<${scope.in.key}:${scope.type}`
}

const keys = new WeakMap<Entity, ReadonlySet<string>>()

/** Exactly the scopes that an entity matches. */
export function keysOf(entity: Entity): ReadonlySet<string> {
  const known = keys.get(entity)
  if (known !== undefined) return known
  const { key, uid, ancestors } = entity
  const found = new Set(['*', `=${key}`, `:${uid.type}`, ...[...ancestors].flatMap(above => [`<${above}`, `<${above}:${uid.type}`])])
  keys.set(entity, found)
  return found
}
