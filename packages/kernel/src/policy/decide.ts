import { type Uid, uidKey } from '../cedar/index.ts'
import type { Name, ProductId, TableId } from '../model/index.ts'
import { columnClasses } from './column-classes.ts'
import type { CompiledPolicies } from './compile.ts'
import type { Asker, ColumnDecision, RuleRef, TableDecision } from './decision.ts'
import { findDiscoverable, mayDeclare } from './discover.ts'
import { type Ask, askOf, heldRules } from './held-rule.ts'
import { meshUid } from './mesh-uid.ts'
import { everyCondition, everyMask, refs, rowCondition } from './row-condition.ts'
import { isTrue } from './simplify.ts'
import { entityResource, findChain, type Principal, principalOf, type TablePlace } from './world.ts'

/**
 * The decision for one table. `hidden`: for whoever asks, it does not exist. A purpose that one may not declare
 * shows nothing of a table that one may know of.
 */
export function decide(compiled: CompiledPolicies, asker: Asker, table: TableId): TableDecision | { readonly kind: 'hidden' } {
  const place = compiled.world.tables.get(table)
  const chain = findChain(asker)?.map(subject => principalOf(compiled.world, subject))
  if (place === undefined || chain === undefined) return { kind: 'hidden' }
  const columns = findDiscoverable(compiled, asker, place)
  if (columns === undefined) return { kind: 'hidden' }
  if (!mayDeclare(compiled, chain, place.domain, asker.purpose)) return nothing(table, columns)
  return decideVisible(compiled, asker.purpose, chain, place, columns)
}

function nothing(table: TableId, columns: readonly Name[]): TableDecision {
  const rows = { kind: 'none', because: [] } as const
  return { table, rows, columns: columns.map(name => ({ name, reveal: rows, masks: [] })) }
}

function decideVisible(
  compiled: CompiledPolicies,
  purpose: string,
  chain: readonly Principal[],
  place: TablePlace,
  columns: readonly Name[],
): TableDecision {
  const asked = (action: 'read' | 'reveal'): Ask[] => chain.map(principal => askOf(compiled, principal, purpose, action))
  const rows = everyCondition(asked('read').map(ask => rowCondition(heldRules(ask, place.row))))
  const asks = asked('reveal')
  const decided = new Map<Name, Omit<ColumnDecision, 'name'>>()
  for (const { names, cell } of columnClasses(compiled.rules.get('reveal')!, place)) {
    if (!names.some(name => columns.includes(name))) continue
    const held = asks.map(ask => heldRules(ask, cell))
    const decision = { reveal: everyCondition(held.map(rowCondition)), masks: everyMask(held) }
    for (const name of names) decided.set(name, decision)
  }
  return { table: place.table.id, rows, columns: columns.map(name => ({ name, ...decided.get(name)! })) }
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
  const held = chain.map(principal => heldRules(askOf(compiled, principal, asker.purpose, action), resource))
  const forbids = held.flatMap(one => one.forbids)
  const allowed = forbids.length === 0 && held.every(one => one.permits.some(rule => isTrue(rule.expr)))
  const deciding = allowed ? held.flatMap(one => one.permits) : forbids
  return { allowed, because: refs(deciding) }
}

function assetUid(asset: Asset): Uid {
  if ('product' in asset) return meshUid('Product', asset.product)
  return 'table' in asset ? meshUid('Table', asset.table) : meshUid('Column', asset.column)
}
