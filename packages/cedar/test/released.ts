import type { Mesh, Table } from '@selvage/kernel/contract'
import { type CompiledPolicies, compilePolicies, decide, type Row } from '@selvage/kernel/policy'
import { parsePolicies } from '../src/parse-policies.ts'
import { holds, masksIn } from './differences.ts'
import { policyFiles } from './example-mesh.ts'
import type { GeneratedAsker } from './generated-rules.ts'

export function compiled(mesh: Mesh): CompiledPolicies {
  const { policies, findings } = parsePolicies(policyFiles(mesh))
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  return compilePolicies(mesh, policies)
}

/** What somebody gets of some rows: `undefined` where nothing, else the masks of each cell. */
export type Released = readonly (Readonly<Record<string, readonly string[]>> | undefined)[]

export interface Asked {
  readonly asker: GeneratedAsker
  readonly rows: readonly Row[]
  readonly labels?: readonly string[] | undefined
}

export function released(policies: CompiledPolicies, table: Table, { asker, rows, labels }: Asked): Released {
  const decision = decide(policies, asker, table.id, labels)
  if ('kind' in decision) return rows.map(() => undefined)
  return rows.map(row => {
    if (!holds(decision.rows, row)) return undefined
    return Object.fromEntries(decision.columns.filter(one => holds(one.reveal, row)).map(one => [one.name, masksIn(one, row)]))
  })
}

/** Nothing of `after` is more than in `before`: rows, cells, and every mask of before is still there. */
export function revealsNoMore(before: Released, after: Released): boolean {
  return after.every(
    (row, at) =>
      row === undefined || (before[at] !== undefined && Object.entries(row).every(([column, masks]) => keeps(before[at]?.[column], masks))),
  )
}

const keeps = (before: readonly string[] | undefined, after: readonly string[]): boolean =>
  before?.every(mask => after.includes(mask)) === true
