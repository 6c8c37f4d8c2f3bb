import type { Name, TableId } from '../model/index.ts'
import type { CompiledPolicies } from './compile.ts'
import type { Asker } from './decision.ts'
import { isGeneratedId } from './generated.ts'
import { type Ask, askOf, heldRules, type Standing, somePermit, standingOf } from './held-rule.ts'
import { type Candidates, candidatesOf } from './rule-index.ts'
import { isTrue } from './simplify.ts'
import { planOf, type TablePlan } from './table-plan.ts'
import { findChain, type Principal, type Resource, type TablePlace } from './world.ts'

/** Who asks, whatever for. */
export type Who = Omit<Asker, 'purpose'>

/**
 * The purposes that all of a chain may declare, in the taxonomy's order; in one domain, or in any that these
 * policies hold (a gate holds one).
 */
export function declarable(compiled: CompiledPolicies, who: Who, domain?: Name): string[] {
  const { mesh } = compiled.world
  const chain = findChain(compiled.world, who)
  if (chain === undefined) return []
  const domains = mesh.domains.map(one => one.name).filter(name => domain === undefined || name === domain)
  return [...mesh.taxonomy.purposes.keys()].filter(purpose => domains.some(name => mayDeclare(compiled, chain, name, purpose)))
}

export function mayDeclare(compiled: CompiledPolicies, chain: readonly Principal[], domain: Name, purpose: string): boolean {
  return compiled.world.mesh.taxonomy.purposes.has(purpose) && chain.every(principal => declares(compiled, principal, domain, purpose))
}

/** What each may declare, by domain and purpose; a principal belongs to one world and goes with it. */
const declared = new WeakMap<Principal, Map<string, boolean>>()

function declares(compiled: CompiledPolicies, principal: Principal, domain: Name, purpose: string): boolean {
  const ofPrincipal = declared.get(principal) ?? new Map<string, boolean>()
  const key = `${domain} ${purpose}`
  const known = ofPrincipal.get(key)
  if (known !== undefined) return known
  const found = findDeclared(compiled, principal, domain, purpose)
  declared.set(principal, ofPrincipal.set(key, found))
  return found
}

function findDeclared(compiled: CompiledPolicies, principal: Principal, domain: Name, purpose: string): boolean {
  const resource = compiled.world.domains.get(domain)
  if (resource === undefined) return false
  const candidates = candidatesOf(compiled.rules.get('declare')!, resource)
  const held = heldRules(askOf(standingOf(compiled, principal, purpose), 'declare'), candidates, resource)
  // Only the domain's own list permits; a permit written by hand does not pass the linter.
  return held.forbids.length === 0 && held.permits.some(rule => isGeneratedId(rule.ref.id) && isTrue(rule.expr))
}

/**
 * Tables and their columns that one may know of, for any purpose that one may declare: permits of `read` and `reveal`
 * that could hold show them, forbids of `read` and `reveal` do not hide them.
 */
export function discoverable(compiled: CompiledPolicies, who: Who): ReadonlyMap<TableId, readonly Name[]> {
  const out = new Map<TableId, readonly Name[]>()
  const chain = findChain(compiled.world, who) ?? []
  for (const place of compiled.world.tables.values()) {
    const columns = findDiscoverable(compiled, chain, place)
    if (columns !== undefined) out.set(place.table.id, columns)
  }
  return out
}

/**
 * The columns of one table, in the contract's order; undefined: the table is hidden.
 * @param stated each of the chain with a purpose that it may declare, which mostly shows all there is to see
 */
export function findDiscoverable(
  compiled: CompiledPolicies,
  chain: readonly Principal[],
  place: TablePlace,
  stated?: readonly Standing[],
): readonly Name[] | undefined {
  if (chain.length === 0) return undefined
  const plan = planOf(compiled, place)
  const found = new Set<Name>()
  let visible = false
  for (const standings of everyStanding(compiled, chain, place.domain, stated)) {
    const shown = shownColumns(standings, place, plan)
    visible ||= shown !== undefined
    if (shown === plan.names) return shown
    for (const name of shown ?? []) found.add(name)
  }
  return visible ? plan.names.filter(name => found.has(name)) : undefined
}

/** The chain with each purpose that all of it may declare, the stated one first. */
function* everyStanding(
  compiled: CompiledPolicies,
  chain: readonly Principal[],
  domain: Name,
  stated: readonly Standing[] | undefined,
): Generator<readonly Standing[]> {
  const first = stated?.[0]?.purpose.id
  if (stated !== undefined) yield stated
  for (const purpose of compiled.world.purposes.keys())
    if (purpose !== first && mayDeclare(compiled, chain, domain, purpose))
      yield chain.map(principal => standingOf(compiled, principal, purpose))
}

/** What each of a chain sees of a table for one purpose; undefined: not the table itself. */
function shownColumns(standings: readonly Standing[], place: TablePlace, plan: TablePlan): readonly Name[] | undefined {
  const discovers = standings.map(standing => askOf(standing, 'discover'))
  if (!standings.every((standing, at) => seesTable(discovers[at]!, standing, place, plan))) return undefined
  const reveals = standings.map(standing => askOf(standing, 'reveal'))
  const whole = reveals.map(ask => somePermit(ask, plan.reveal, place.row))
  if (plan.discover.columns.size === 0 && whole.every(Boolean)) return plan.names
  return plan.classes.flatMap(({ names, cell, own }) => {
    const could = reveals.map((ask, at) => whole[at]! || somePermit(ask, own, cell))
    return names.filter(name => discovers.every((ask, at) => seesColumn(ask, place, plan, name, could[at]!)))
  })
}

function seesTable(discover: Ask, standing: Standing, place: TablePlace, plan: TablePlan): boolean {
  const product = explicit(discover, plan.discover.product, place.asProduct)
  const table = explicit(discover, plan.discover.table, place.asTable)
  if (product === 'forbidden' || table === 'forbidden') return false
  return table === 'permitted' || somePermit(askOf(standing, 'read'), plan.read, place.row)
}

/** `shown`: some permit of `reveal` could hold for its cells. */
function seesColumn(discover: Ask, place: TablePlace, plan: TablePlan, name: Name, shown: boolean): boolean {
  const candidates = plan.discover.columns.get(name)
  const said = candidates === undefined ? 'silent' : explicit(discover, candidates, place.asColumns.get(name)!)
  return said === 'permitted' || (said === 'silent' && shown)
}

/** What the rules of `discover` itself say of a product, table or column. */
function explicit(discover: Ask, candidates: Candidates, resource: Resource): 'permitted' | 'forbidden' | 'silent' {
  if (candidates.size === 0) return 'silent'
  const { permits, forbids } = heldRules(discover, candidates, resource)
  if (forbids.length > 0) return 'forbidden'
  return permits.length > 0 ? 'permitted' : 'silent'
}
