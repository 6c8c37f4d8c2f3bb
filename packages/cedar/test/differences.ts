import type { Mesh, Table } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import {
  type ColumnDecision,
  type CompiledPolicies,
  decide,
  declarable,
  evaluate,
  type Row,
  type RowCondition,
} from '@selvage/kernel/policy'
import type { Replay } from '../src/index.ts'
import { exampleMesh } from './example-mesh.ts'
import type { GeneratedAsker } from './generated-rules.ts'

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

/** Our decision of one row and some of its cells against the official engine's: what differs, in words. */
export function differences(
  compiled: CompiledPolicies,
  replay: Replay,
  asker: GeneratedAsker,
  table: Table,
  row: Row,
  { columns, labels }: { readonly columns: readonly Name[]; readonly labels?: readonly string[] | undefined },
): string[] {
  if (!declarable(compiled, asker).includes(asker.purpose)) return ['the purpose cannot be declared']
  const decision = decide(compiled, asker, table.id, labels)
  const official = [asker.subject, ...asker.actors].map(one =>
    replay(one, asker.purpose, table, row, { columns, labels, circumstances: asker.circumstances }),
  )
  const out: string[] = []
  const compare = (what: string, ours: unknown, theirs: unknown): void => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs))
      out.push(`${what}: ours ${JSON.stringify(ours)}, official ${JSON.stringify(theirs)}`)
  }
  compare(
    'row',
    'kind' in decision ? false : holds(decision.rows, row),
    official.every(one => one.visible),
  )
  // The cells of a table that one may not know of are nobody's question.
  if ('kind' in decision) return out
  for (const name of columns) {
    const cells = official.map(one => one.cells.get(name))
    const column = decision.columns.find(one => one.name === name)
    compare(
      `${name} revealed`,
      column !== undefined && holds(column.reveal, row),
      cells.every(cell => cell?.revealed === true),
    )
    if (column !== undefined)
      compare(`${name} masks`, masksIn(column, row), [...new Set(cells.flatMap(cell => [...(cell?.masks ?? [])]))].sort())
  }
  return out
}
