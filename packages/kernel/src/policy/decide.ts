import { type Uid, uidKey } from '../cedar/index.ts'
import type { Name, ProductId, TableId } from '../model/index.ts'
import type { CompiledPolicies } from './compile.ts'
import type { Asker, ColumnDecision, RowCondition, RuleRef, TableDecision } from './decision.ts'
import { findDiscoverable, mayDeclare } from './discover.ts'
import { type Ask, askOf, type HeldRule, type HeldRules, heldRules, joinHeld, type Standing, standingOf } from './held-rule.ts'
import { meshUid } from './mesh-uid.ts'
import { everyCondition, everyMask, refs, rowCondition } from './row-condition.ts'
import { candidatesOf } from './rule-index.ts'
import { isTrue, TRUE } from './simplify.ts'
import { type ColumnClass, type OwnRules, planOf } from './table-plan.ts'
import { entityResource, findChain, type TablePlace } from './world.ts'

/**
 * The decision for one table. `hidden`: for whoever asks, it does not exist. A purpose that one may not declare
 * shows nothing of a table that one may know of.
 * @param labels of all that the statement touches; without a statement, of the table and all its columns
 */
export function decide(
  compiled: CompiledPolicies,
  asker: Asker,
  table: TableId,
  labels?: readonly string[],
): TableDecision | { readonly kind: 'hidden' } {
  const place = compiled.world.tables.get(table)
  const chain = findChain(compiled.world, asker)
  if (place === undefined || chain === undefined) return { kind: 'hidden' }
  const touched = labels ?? planOf(compiled, place).labels
  const standings = chain.map(principal => standingOf(compiled, principal, asker.purpose, touched))
  const declared = mayDeclare(compiled, chain, place.domain, asker.purpose)
  const held = declared ? standings.map(standing => heldFor(compiled, standing, place)) : undefined
  const columns = findDiscoverable(compiled, chain, place, declared ? standings : undefined)
  if (columns === undefined) return { kind: 'hidden' }
  return held === undefined ? nothing(table, columns) : decideVisible(compiled, held, place, columns)
}

function nothing(table: TableId, columns: readonly Name[]): TableDecision {
  const rows = { kind: 'none', because: [] } as const
  return { table, rows, columns: columns.map(name => ({ name, reveal: rows, masks: [] })) }
}

/** What concerns the whole table. */
interface TableRules {
  readonly read: HeldRules
  readonly ask: Ask
  readonly reveal: HeldRules
}

function heldFor(compiled: CompiledPolicies, standing: Standing, place: TablePlace): TableRules {
  const plan = planOf(compiled, place)
  const ask = askOf(standing, 'reveal')
  return { read: heldRules(askOf(standing, 'read'), plan.read, place.row), ask, reveal: heldRules(ask, plan.reveal, place.row) }
}

/**
 * The same if the domain permitted whoever asks to use all of the table: what forbids leave of its rows, and of the columns that
 * one may know of. Undefined: the purpose is not theirs to declare.
 */
export function decideIfPermitted(
  compiled: CompiledPolicies,
  asker: Asker,
  { table, columns }: TableDecision,
  labels: readonly string[],
): TableDecision | undefined {
  const place = compiled.world.tables.get(table)
  const chain = findChain(compiled.world, asker) ?? []
  if (place === undefined || !mayDeclare(compiled, chain, place.domain, asker.purpose)) return undefined
  const held = chain.map(principal => {
    const { read, ask, reveal } = heldFor(compiled, standingOf(compiled, principal, asker.purpose, labels), place)
    return { ask, read: { ...read, permits: [permitted] }, reveal: { ...reveal, permits: [permitted] } }
  })
  const names = columns.map(({ name }) => name)
  const { rows, columns: decided } = decideVisible(compiled, held, place, names)
  return { table, rows: written(rows), columns: decided.map(one => ({ ...one, reveal: written(one.reveal) })) }
}

const permitted: HeldRule = { ref: { id: '' }, expr: TRUE }

/** By the rules that somebody wrote. */
const written = (condition: RowCondition): RowCondition => ({ ...condition, because: condition.because.filter(({ id }) => id !== '') })

type CellDecision = Omit<ColumnDecision, 'name'>

function decideVisible(
  compiled: CompiledPolicies,
  chain: readonly TableRules[],
  place: TablePlace,
  columns: readonly Name[],
): TableDecision {
  const plan = planOf(compiled, place)
  const rows = everyCondition(chain.map(({ read }) => rowCondition(read)))
  const asks = chain.map(({ ask }) => ask)
  const shared = chain.map(({ reveal }) => reveal)
  const alike: CellDecision = { reveal: everyCondition(shared.map(rowCondition)), masks: everyMask(shared) }
  const cells = plan.classes.map(one => decideClass(one, asks, shared, alike))
  const decided: ColumnDecision[] = []
  for (const [at, name] of plan.names.entries()) {
    const { reveal, masks } = cells[plan.classOf[at]!]!
    if (columns === plan.names || columns.includes(name)) decided.push({ name, reveal, masks })
  }
  return { table: place.table.id, rows, columns: decided }
}

/** `alike`: what follows from `shared`, the rules that concern all columns. */
function decideClass(one: ColumnClass, asks: readonly Ask[], shared: readonly HeldRules[], alike: CellDecision): CellDecision {
  if (one.own.size === 0) return alike
  const own = asks.map(ask => ownRules(one, ask))
  const reveal = own.every(({ held }) => held.permits.length === 0 && held.forbids.length === 0)
  const masks = own.every(({ held }) => held.masks.length === 0)
  if (reveal && masks) return alike
  const held = own.map((rules, at) => joinHeld(shared[at]!, rules.held))
  const single = own.length === 1 && shared[0]!.masks.length === 0 ? own[0]!.masks : undefined
  return {
    reveal: reveal ? alike.reveal : everyCondition(held.map(rowCondition)),
    masks: masks ? alike.masks : (single ?? everyMask(held)),
  }
}

function ownRules({ own, cell, settled }: ColumnClass, ask: Ask): OwnRules {
  const known = settled?.get(ask.standing.purpose.id)
  if (known !== undefined) return known
  const held = heldRules(ask, own, cell)
  const found = { held, masks: everyMask([held]) }
  settled?.set(ask.standing.purpose.id, found)
  return found
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
  const chain = findChain(compiled.world, asker)
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
