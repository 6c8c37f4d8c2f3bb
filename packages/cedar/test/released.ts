import type { Mesh, Table } from '@selvage/kernel/contract'
import { type CompiledPolicies, compilePolicies, decide, discoverable, type PolicyJson, type Row } from '@selvage/kernel/policy'
import { parsePolicies } from '../src/parse-policies.ts'
import { holds, masksIn } from './differences.ts'
import { policyFiles } from './example-mesh.ts'
import type { GeneratedAsker } from './generated-askers.ts'

/** What properties are said of: the kernel, or one with a bug in it. */
export interface Kernel {
  readonly compilePolicies: typeof compilePolicies
  readonly decide: typeof decide
  readonly discoverable: typeof discoverable
}
export const kernel: Kernel = { compilePolicies, decide, discoverable }

/** As if the kernel did not see some of the policies that it is given, or saw them otherwise. */
export const seeing = (change: (policies: readonly PolicyJson[]) => readonly PolicyJson[]): Kernel => ({
  ...kernel,
  compilePolicies: (mesh, policies) => compilePolicies(mesh, change(policies)),
})

export function parsed(mesh: Mesh): readonly PolicyJson[] {
  const { policies, findings } = parsePolicies(policyFiles(mesh))
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  return policies
}

export const compiled = (mesh: Mesh, by: Kernel = kernel): CompiledPolicies => by.compilePolicies(mesh, parsed(mesh))

/** What somebody gets of a table: the columns that they may know of, and of each row the masks of each cell, or nothing. */
export interface Released {
  readonly known: readonly string[] | undefined
  readonly rows: readonly (Readonly<Record<string, readonly string[]>> | undefined)[]
}

export interface Asked {
  readonly asker: GeneratedAsker
  readonly rows: readonly Row[]
  readonly labels?: readonly string[] | undefined
}

export function released(policies: CompiledPolicies, table: Table, { asker, rows, labels }: Asked, by: Kernel = kernel): Released {
  const decision = by.decide(policies, asker, table.id, labels)
  const known = by.discoverable(policies, asker).get(table.id)
  if ('kind' in decision) return { known, rows: rows.map(() => undefined) }
  const rowOf = (row: Row): Released['rows'][number] => {
    if (!holds(decision.rows, row)) return undefined
    return Object.fromEntries(decision.columns.filter(one => holds(one.reveal, row)).map(one => [one.name, masksIn(one, row)]))
  }
  return { known, rows: rows.map(rowOf) }
}

/** Nothing of `after` is more than in `before`: what is known, rows, cells, and every mask of before is still there. */
export function revealsNoMore(before: Released, after: Released): boolean {
  const known = after.known === undefined || (before.known !== undefined && after.known.every(name => before.known?.includes(name)))
  return known && after.rows.every((row, at) => row === undefined || isWithin(before.rows[at], row))
}

function isWithin(before: Released['rows'][number], after: NonNullable<Released['rows'][number]>): boolean {
  return before !== undefined && Object.entries(after).every(([column, masks]) => keeps(before[column], masks))
}

const keeps = (before: readonly string[] | undefined, after: readonly string[]): boolean =>
  before?.every(mask => after.includes(mask)) === true
