import type { Name, TableId } from '../model/index.ts'
import { columnClasses } from './column-classes.ts'
import type { CompiledPolicies } from './compile.ts'
import type { Asker } from './decision.ts'
import { isGeneratedId } from './generated.ts'
import { type Ask, askOf, heldRules, somePermit } from './held-rule.ts'
import { isTrue } from './simplify.ts'
import { findChain, type Principal, principalOf, type Resource, type TablePlace } from './world.ts'

/** Who asks, whatever for. */
export type Who = Pick<Asker, 'subject' | 'actors'>

/**
 * The purposes that all of a chain may declare, in the taxonomy's order; in one domain, or in any that these
 * policies hold (a gate holds one).
 */
export function declarable(compiled: CompiledPolicies, who: Who, domain?: Name): string[] {
  const { mesh } = compiled.world
  const chain = findChain(who)?.map(subject => principalOf(compiled.world, subject))
  if (chain === undefined) return []
  const domains = mesh.domains.map(one => one.name).filter(name => domain === undefined || name === domain)
  return [...mesh.taxonomy.purposes.keys()].filter(purpose => domains.some(name => mayDeclare(compiled, chain, name, purpose)))
}

export function mayDeclare(compiled: CompiledPolicies, chain: readonly Principal[], domain: Name, purpose: string): boolean {
  if (!compiled.world.mesh.taxonomy.purposes.has(purpose)) return false
  const resource = compiled.world.domains.get(domain)
  if (resource === undefined) return false
  return chain.every(principal => {
    const held = heldRules(askOf(compiled, principal, purpose, 'declare'), resource)
    // Only the domain's own list permits; a permit written by hand does not pass the linter.
    return held.forbids.length === 0 && held.permits.some(rule => isGeneratedId(rule.ref.id) && isTrue(rule.expr))
  })
}

/**
 * Tables and their columns that one may know of, for any purpose that one may declare: permits of `read` and `reveal`
 * that could hold show them, forbids of `read` and `reveal` do not hide them.
 */
export function discoverable(compiled: CompiledPolicies, who: Who): ReadonlyMap<TableId, readonly Name[]> {
  const out = new Map<TableId, readonly Name[]>()
  for (const place of compiled.world.tables.values()) {
    const columns = findDiscoverable(compiled, who, place)
    if (columns !== undefined) out.set(place.table.id, columns)
  }
  return out
}

/** The columns of one table, in the contract's order; undefined: the table is hidden. */
export function findDiscoverable(compiled: CompiledPolicies, who: Who, place: TablePlace): readonly Name[] | undefined {
  const chain = findChain(who)?.map(subject => principalOf(compiled.world, subject)) ?? []
  const classes = columnClasses(compiled.rules.get('reveal')!, place)
  const found = new Set<Name>()
  let visible = false
  for (const purpose of declarable(compiled, who, place.domain)) {
    const looks = chain.map(principal => lookOf(compiled, principal, purpose))
    if (!looks.every(look => seesTable(look, place))) continue
    visible = true
    for (const { names, cell } of classes) {
      const left = names.filter(name => !found.has(name))
      if (left.length === 0) continue
      const shown = looks.map(look => somePermit(look.reveal, cell))
      for (const name of left) if (looks.every((look, at) => seesColumn(look, place, name, shown[at]!))) found.add(name)
    }
    if (found.size === place.cells.size) break
  }
  return visible ? [...place.cells.keys()].filter(name => found.has(name)) : undefined
}

/** What one subject asks to know what there is. */
interface Look {
  readonly discover: Ask
  readonly read: Ask
  readonly reveal: Ask
}

const lookOf = (compiled: CompiledPolicies, principal: Principal, purpose: string): Look => ({
  discover: askOf(compiled, principal, purpose, 'discover'),
  read: askOf(compiled, principal, purpose, 'read'),
  reveal: askOf(compiled, principal, purpose, 'reveal'),
})

function seesTable({ discover, read }: Look, place: TablePlace): boolean {
  const product = explicit(discover, place.asProduct)
  const table = explicit(discover, place.asTable)
  if (product === 'forbidden' || table === 'forbidden') return false
  return table === 'permitted' || somePermit(read, place.row)
}

/** `shown`: some permit of `reveal` could hold for its cells. */
function seesColumn({ discover }: Look, place: TablePlace, name: Name, shown: boolean): boolean {
  const column = place.asColumns.get(name)
  const said = column === undefined ? 'forbidden' : explicit(discover, column)
  return said === 'permitted' || (said === 'silent' && shown)
}

/** What the rules of `discover` itself say of a product, table or column. */
function explicit(discover: Ask, resource: Resource): 'permitted' | 'forbidden' | 'silent' {
  const { permits, forbids } = heldRules(discover, resource)
  if (forbids.length > 0) return 'forbidden'
  return permits.length > 0 ? 'permitted' : 'silent'
}
