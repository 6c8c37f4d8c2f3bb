import type { Mesh, Table } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import {
  type ColumnDecision,
  type CompiledPolicies,
  decide,
  declarable,
  discoverable,
  evaluate,
  type Row,
  type RowCondition,
} from '@selvage/kernel/policy'
import type { DeclareReplay, DiscoverReplay, Known, Replay } from '../src/index.ts'
import { exampleMesh } from './example-mesh.ts'
import type { GeneratedAsker } from './generated-askers.ts'

/** The example mesh in which everybody may declare every purpose. */
export const openMesh: Mesh = {
  ...exampleMesh,
  taxonomy: { ...exampleMesh.taxonomy, roles: [...exampleMesh.taxonomy.roles, 'everybody'] },
  domains: exampleMesh.domains.map(domain => ({
    ...domain,
    declare: [{ role: 'everybody', purposes: [...exampleMesh.taxonomy.purposes.keys()] }],
  })),
}

export function tableOf(mesh: Mesh, id: string): Table {
  const table = mesh.domains.flatMap(domain => domain.products.flatMap(product => product.tables)).find(one => one.id === id)
  if (table === undefined) throw new Error(`no table ${id}`)
  return table
}

export function holds(condition: RowCondition, row: Row): boolean {
  return condition.kind === 'all' || (condition.kind === 'where' && evaluate(condition.expr, row))
}

export function masksIn(column: ColumnDecision, row: Row): string[] {
  return [...new Set(column.masks.filter(mask => mask.when === true || evaluate(mask.when, row)).map(mask => mask.transform))].sort()
}

/** Says what is not alike, in words. */
function comparison(): { readonly out: string[]; readonly compare: (what: string, ours: unknown, theirs: unknown) => void } {
  const out: string[] = []
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      out.push(`${what}: ours ${JSON.stringify(ours)}, official ${JSON.stringify(theirs)}`)
  }
  return { out, compare }
}

/** In the open mesh only a forbid of any action can keep somebody from declaring a purpose, and then nothing is shown. */
function undeclared({ written }: CompiledPolicies, decision: ReturnType<typeof decide>): string[] {
  const forbids = written.filter(({ effect }) => effect === 'forbid').map(({ est }) => est as { readonly action: { readonly op: string } })
  const isForbidden = forbids.some(({ action }) => action.op === 'All')
  const shown = 'kind' in decision ? [] : [decision.rows, ...decision.columns.map(({ reveal }) => reveal)]
  const isNothing = shown.every(({ kind }) => kind === 'none')
  return isForbidden && isNothing ? [] : ['the purpose cannot be declared']
}

/**
 * Our decision of one row and some of its cells against the official engine's: what differs, in words. Nothing is
 * released of what one may not know of, whatever the rules of `read` and `reveal` say: see `discoverDifferences`.
 */
export function differences(
  compiled: CompiledPolicies,
  replay: Replay,
  asker: GeneratedAsker,
  table: Table,
  row: Row,
  { columns, labels }: { readonly columns: readonly Name[]; readonly labels?: readonly string[] | undefined },
): string[] {
  const decision = decide(compiled, asker, table.id, labels)
  const { domain } = compiled.world.tables.get(table.id)!
  if (!declarable(compiled, asker, domain).includes(asker.purpose)) return undeclared(compiled, decision)
  const official = [asker.subject, ...asker.actors].map(one =>
    replay(one, asker.purpose, table, row, { columns, labels, circumstances: asker.circumstances }),
  )
  const { out, compare } = comparison()
  const known = discoverable(compiled, asker).get(table.id)
  compare('table', 'kind' in decision ? undefined : decision.columns.map(({ name }) => name), known)
  const rows: RowCondition = 'kind' in decision ? { kind: 'none', because: [] } : decision.rows
  compare('row', holds(rows, row), known !== undefined && official.every(one => one.visible))
  for (const name of columns) {
    const cells = official.map(one => one.cells.get(name))
    const column = 'kind' in decision ? undefined : decision.columns.find(one => one.name === name)
    const isRevealed = known?.includes(name) === true && cells.every(cell => cell?.revealed === true)
    compare(`${name} revealed`, column !== undefined && holds(column.reveal, row), isRevealed)
    if (column !== undefined)
      compare(`${name} masks`, masksIn(column, row), [...new Set(cells.flatMap(cell => [...(cell?.masks ?? [])]))].sort())
  }
  return out
}

/** What one may declare in a domain against what the official engine says of it. */
export function declareDifferences(compiled: CompiledPolicies, replay: DeclareReplay, asker: GeneratedAsker, domain: Name): string[] {
  const purposes = [...compiled.world.purposes.keys()]
  const { out, compare } = comparison()
  const official = replay({ chain: [asker.subject, ...asker.actors], domain, purposes, circumstances: asker.circumstances })
  compare(`may be declared in ${domain}`, declarable(compiled, asker, domain), official)
  return out
}

/** What one may know of a table and its columns against what the official engine says of it, where that is settled by some rows. */
export function discoverDifferences(
  compiled: CompiledPolicies,
  replay: DiscoverReplay,
  asker: GeneratedAsker,
  table: Table,
  rows: readonly Row[],
): string[] {
  const { domain } = compiled.world.tables.get(table.id)!
  const official = replay({
    chain: [asker.subject, ...asker.actors],
    purposes: declarable(compiled, asker, domain),
    table,
    columns: table.columns.map(({ name }) => name),
    rows,
    circumstances: asker.circumstances,
  })
  const columns = discoverable(compiled, asker).get(table.id)
  const { out, compare } = comparison()
  const settled = (what: string, isShown: boolean, known: Known): void => {
    if (known !== 'open') compare(`${table.id} ${what} may be known of`, isShown, known === 'shown')
  }
  settled('itself', columns !== undefined, official.table)
  for (const [name, known] of official.columns) settled(name, columns?.includes(name) === true, known)
  return out
}
