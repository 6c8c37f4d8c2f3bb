import type { PolicyJson } from '@selvage/kernel/policy'
import { nothingKnown } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules, policyFiles } from '../test/example-mesh.ts'
import { type GeneratedAsker, generatedAsker, generatedRow } from '../test/generated-askers.ts'
import { generatedRules } from '../test/generated-rules.ts'
import { type OfficialRequest, openOracle } from './official.ts'
import { parsePolicies } from './parse-policies.ts'
import { policiesOn } from './policies-on.ts'
import { replayWorld, requestsOf } from './replay.ts'
import { columnUid, knownRequest, rowRequest, tableUid } from './replay-request.ts'

const table = tableOf(openMesh, 'health.care.conditions')
const columns = table.columns.map(({ name }) => columnUid(table, name))
const cases = fc.record({ rules: generatedRules, asker: generatedAsker, row: generatedRow(table) })
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

const worldOf = (rules: Record<string, string>) => {
  const mesh = onlyRules(openMesh, rules)
  return replayWorld(mesh, parsePolicies(policyFiles(mesh)).policies)
}

/** All that can be asked of the table. */
function requests(world: ReturnType<typeof worldOf>, { subject, purpose, circumstances = nothingKnown }: GeneratedAsker, row: Case['row']) {
  const from = requestsOf(world)
  const asking = { subject, purpose, circumstances }
  const known = [{ type: 'Mesh::Product', id: 'health.care' }, tableUid(table), ...columns].map(asset => knownRequest(from, asking, asset))
  const read = rowRequest(from, asking, { table, row, labels: ['phi'], action: 'read', place: tableUid(table) })
  return [...known, read, ...columns.map(place => rowRequest(from, asking, { table, row, labels: ['phi'], action: 'reveal', place }))]
}

type Choose = (world: ReturnType<typeof worldOf>) => readonly PolicyJson[]
const chosen: Choose = world => policiesOn(requestsOf(world).world, world.policies, table)

/** Requests that are answered otherwise, or for other reasons, or with other errors, by the policies that are left. */
function changed({ rules, asker, row }: Case, choose: Choose): readonly OfficialRequest[] {
  const world = worldOf(rules)
  const [whole, part] = [openOracle(world.schema, world.policies, 'h'), openOracle(world.schema, choose(world), 'masks')]
  return requests(world, asker, row).filter(request => JSON.stringify(whole(request)) !== JSON.stringify(part(request)))
}

const check = (choose: Choose, numRuns: number) =>
  fc.check(
    fc.property(cases, one => changed(one, choose).length === 0),
    { numRuns, endOnFailure: true },
  )

describe('the policies on a table', () => {
  it('decide whatever is asked of it as all do: for the same reasons, with the same errors', { timeout: 120_000 }, () => {
    let left = 0
    const counted: Choose = world => {
      const own = chosen(world)
      left += world.policies.length - own.length
      return own
    }
    expect(check(counted, 60).counterexample).toBeNull()
    expect(left).toBeGreaterThan(60)
  })

  it.each<[string, (policy: PolicyJson) => boolean]>([
    ['those of labels', ({ est }) => !JSON.stringify((est as { resource: unknown }).resource).includes('Mesh::Label')],
    ['those without a scope', ({ est }) => (est as { resource: { op: string } }).resource.op !== 'All'],
    ['those of columns', ({ est }) => !JSON.stringify((est as { resource: unknown }).resource).includes('Mesh::Column')],
    ['those of a row type', ({ est }) => (est as { resource: { op: string } }).resource.op !== 'is'],
  ])('a planted bug is caught: %s are left out', { timeout: 120_000 }, (_, keep) => {
    // Each shows in one case of 10 to 17.
    expect(check(world => chosen(world).filter(keep), 500).failed).toBe(true)
  })
})
