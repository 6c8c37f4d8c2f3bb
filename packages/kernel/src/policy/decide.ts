import { type Uid, uidKey } from '../cedar/index.ts'
import type { Name, ProductId, TableId } from '../model/index.ts'
import type { CompiledPolicies } from './compile.ts'
import type { Asker, ColumnDecision, RowCondition, RuleRef, TableDecision } from './decision.ts'
import { findDiscoverable, mayDeclare } from './discover.ts'
import { type Ask, askOf, type HeldRules, heldRules, joinHeld, type Standing, standingOf } from './held-rule.ts'
import { meshUid } from './mesh-uid.ts'
import { everyCondition, everyMask, refs, rowCondition } from './row-condition.ts'
import { candidatesOf } from './rule-index.ts'
import { isTrue } from './simplify.ts'
import { planOf } from './table-plan.ts'
import { entityResource, findChain, principalOf, type TablePlace } from './world.ts'

/**
 * The decision for one table. `hidden`: for whoever asks, it does not exist. A purpose that one may not declare
 * shows nothing of a table that one may know of.
 */
export function decide(compiled: CompiledPolicies, asker: Asker, table: TableId): TableDecision | { readonly kind: 'hidden' } {
  const place = compiled.world.tables.get(table)
  const chain = findChain(asker)?.map(subject => principalOf(compiled.world, subject))
  if (place === undefined || chain === undefined) return { kind: 'hidden' }
  const standings = chain.map(principal => standingOf(compiled, principal, asker.purpose))
  const columns = findDiscoverable(compiled, chain, place, standings)
  if (columns === undefined) return { kind: 'hidden' }
  if (!mayDeclare(compiled, chain, place.domain, asker.purpose)) return nothing(table, columns)
  return decideVisible(compiled, standings, place, columns)
}

function nothing(table: TableId, columns: readonly Name[]): TableDecision {
  const rows = { kind: 'none', because: [] } as const
  return { table, rows, columns: columns.map(name => ({ name, reveal: rows, masks: [] })) }
}

function decideVisible(
  compiled: CompiledPolicies,
  standings: readonly Standing[],
  place: TablePlace,
  columns: readonly Name[],
): TableDecision {
  const asked = (action: 'read' | 'reveal'): Ask[] => standings.map(standing => askOf(standing, action))
  const plan = planOf(compiled, place)
  const rows = everyCondition(asked('read').map(ask => rowCondition(heldRules(ask, plan.read, place.row))))
  const asks = asked('reveal')
  const shared = asks.map(ask => heldRules(ask, plan.reveal, place.row))
  const alike = { reveal: everyCondition(shared.map(rowCondition)), masks: everyMask(shared) }
  const decided = new Map<Name, Omit<ColumnDecision, 'name'>>()
  for (const { names, cell, own } of plan.classes) {
    const held = own.size === 0 ? shared : asks.map((ask, at) => joinHeld(shared[at]!, heldRules(ask, own, cell)))
    const decision = differs(shared, held) ? { reveal: revealOf(shared, held) ?? alike.reveal, masks: everyMask(held) } : alike
    for (const name of names) decided.set(name, decision)
  }
  return { table: place.table.id, rows, columns: columns.map(name => ({ name, ...decided.get(name)! })) }
}

const differs = (shared: readonly HeldRules[], held: readonly HeldRules[]): boolean => held.some((one, at) => one !== shared[at])

/** Undefined: what one class has beside what it shares only masks. */
function revealOf(shared: readonly HeldRules[], held: readonly HeldRules[]): RowCondition | undefined {
  const same = held.every((one, at) => one.permits === shared[at]!.permits && one.forbids === shared[at]!.forbids)
  return same ? undefined : everyCondition(held.map(rowCondition))
}

/** A product, a table, or a column as `domain.product.table.column`. */
export type Asset = { readonly product: ProductId } | { readonly table: TableId } | { readonly column: string }

/**
 * Whether one may audit, publish, grant or administer. The rules are told for whoever may know them: those that
 * permit, or those that forbid. The purpose is the empty text where none is stated; one that is stated and may not
 * be declared allows nothing.
 */
export function allows(
  compiled: CompiledPolicies,
  asker: Asker,
  action: 'audit' | 'publish' | 'grant' | 'administer',
  asset: Asset,
): { readonly allowed: boolean; readonly because: readonly RuleRef[] } {
  const uid = assetUid(asset)
  const chain = findChain(asker)?.map(subject => principalOf(compiled.world, subject))
  const domain = compiled.world.mesh.domains.find(one => uid.id.startsWith(`${one.name}.`))
  if (chain === undefined || domain === undefined || !compiled.world.ancestors.has(uidKey(uid))) return { allowed: false, because: [] }
  if (asker.purpose !== '' && !mayDeclare(compiled, chain, domain.name, asker.purpose)) return { allowed: false, because: [] }
  const resource = entityResource(compiled.world, uid)
  const candidates = candidatesOf(compiled.rules.get(action)!, resource)
  const held = chain.map(principal => heldRules(askOf(standingOf(compiled, principal, asker.purpose), action), candidates, resource))
  const forbids = held.flatMap(one => one.forbids)
  const allowed = forbids.length === 0 && held.every(one => one.permits.some(rule => isTrue(rule.expr)))
  const deciding = allowed ? held.flatMap(one => one.permits) : forbids
  return { allowed, because: refs(deciding) }
}

function assetUid(asset: Asset): Uid {
  if ('product' in asset) return meshUid('Product', asset.product)
  return 'table' in asset ? meshUid('Table', asset.table) : meshUid('Column', asset.column)
}
