import type { Mesh } from '@selvage/kernel/contract'
import type { CompiledPolicies, PolicyJson, Row, Subject } from '@selvage/kernel/policy'
import { nothingKnown } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules, withRules } from '../test/example-mesh.ts'
import { type GeneratedAsker, generatedAsker, generatedRow } from '../test/generated-askers.ts'
import { generatedRules } from '../test/generated-rules.ts'
import { compiled, type Kernel, kernel, parsed, type Released, released, revealsNoMore, seeing } from '../test/released.ts'
import { openReplay } from './replay.ts'
import { openDiscoverReplay } from './replay-discover.ts'

const runs = Number(process.env.SELVAGE_MONOTONE_RUNS ?? 25)
const customer = tableOf(openMesh, 'sales.crm.customer')
const conditions = tableOf(openMesh, 'health.care.conditions')

interface Case {
  readonly rules: Record<string, string>
  readonly asker: GeneratedAsker
  readonly agents: readonly Subject[]
  readonly rows: readonly Row[]
}

const agent = generatedAsker.map(({ subject }, at = 0): Subject => ({ ...subject, kind: 'Agent', id: `workforce/agent${at}` }))
const cases: fc.Arbitrary<Case> = fc.record({
  rules: generatedRules,
  asker: generatedAsker.map(asker => ({ ...asker, actors: [] })),
  agents: fc.array(agent, { minLength: 1, maxLength: 3 }),
  rows: fc.array(generatedRow(customer), { minLength: 2, maxLength: 2 }),
})

describe('agents', () => {
  type Decide = (policies: CompiledPolicies, one: Case) => Released
  const whole: Decide = (policies, { asker, agents, rows }) => released(policies, customer, { asker: { ...asker, actors: agents }, rows })

  /** What the official engine lets one agent see and know of by itself: its ceiling. */
  function ceiling(mesh: Mesh, policies: readonly PolicyJson[], who: Subject, { asker, rows }: Case): Released {
    const replay = openReplay(mesh, policies)
    const columns = customer.columns.map(({ name }) => name)
    const purposes = [...mesh.taxonomy.purposes.keys()]
    const { purpose, circumstances = nothingKnown } = asker
    const known = openDiscoverReplay(mesh, policies)({ chain: [who], purposes, circumstances, table: customer, columns, rows })
    const rowOf = (row: Row): Released['rows'][number] => {
      const { visible, cells } = replay(who, purpose, customer, row, { circumstances })
      if (!visible) return undefined
      return Object.fromEntries([...cells].filter(([, cell]) => cell.revealed).map(([name, cell]) => [name, [...cell.masks]]))
    }
    return {
      known: known.table === 'hidden' ? undefined : columns.filter(name => known.columns.get(name) !== 'hidden'),
      rows: rows.map(rowOf),
    }
  }

  /** Whether the chain is given more than its person, or than some agent's ceiling. */
  function exceeds(decided: Decide, one: Case): boolean {
    const mesh = onlyRules(openMesh, one.rules)
    const policies = parsed(mesh)
    const got = decided(compiled(mesh), one)
    const person = released(compiled(mesh), customer, { asker: one.asker, rows: one.rows })
    return [person, ...one.agents.map(who => ceiling(mesh, policies, who, one))].some(most => !revealsNoMore(most, got))
  }

  it('a chain of agents never gets more than its person, nor than the ceiling of any of them', { timeout: 120_000 }, () => {
    let something = 0
    fc.assert(
      fc.property(cases, one => {
        expect(exceeds(whole, one)).toBe(false)
        if (whole(compiled(onlyRules(openMesh, one.rules)), one).rows.some(row => row !== undefined)) something += 1
      }),
      { numRuns: runs },
    )
    expect(something).toBeGreaterThan(0)
  })

  it.each<[string, Decide]>([
    ['the last agent is forgotten', (policies, one) => whole(policies, { ...one, agents: one.agents.slice(0, -1) })],
    ['the person is forgotten', (policies, one) => whole(policies, { ...one, asker: { ...one.asker, subject: userLike(one.agents[0]!) } })],
    [
      'one may know of what only the person may',
      (policies, one) => ({ ...whole(policies, one), known: released(policies, customer, { asker: one.asker, rows: [] }).known }),
    ],
  ])('a planted bug is caught: %s', { timeout: 120_000 }, (_, planted) => {
    const property = fc.property(cases, one => !exceeds(planted, one))
    expect(fc.check(property, { numRuns: 500, seed: 7, endOnFailure: true }).failed).toBe(true)
  })

  const userLike = (who: Subject): Subject => ({ ...who, kind: 'Workload' })
})

describe('domains', () => {
  const change = fc.record({ before: generatedRules, after: generatedRules, asker: generatedAsker })

  /** Everything that is said of health's tables to one asker. */
  function ofHealth(by: Kernel, mesh: Mesh, asker: GeneratedAsker): unknown {
    const policies = compiled(mesh, by)
    const known = [...by.discoverable(policies, asker)].filter(([table]) => table.startsWith('health.'))
    return [known, by.decide(policies, asker, conditions.id)]
  }

  const property = (by: Kernel) =>
    fc.property(change, ({ before, after, asker }) => {
      const mesh = onlyRules(openMesh, before)
      const changed = onlyRules(withoutSales(openMesh), { ...before, sales: after.sales })
      expect(ofHealth(by, changed, asker)).toEqual(ofHealth(by, mesh, asker))
    })

  it('what one domain changes changes no answer of another', { timeout: 120_000 }, () => {
    fc.assert(property(kernel), { numRuns: runs })
  })

  /** Other labels, and other people who may declare other purposes. */
  const withoutSales = (mesh: Mesh): Mesh => ({
    ...mesh,
    domains: mesh.domains.map(domain =>
      domain.name === 'sales'
        ? { ...domain, declare: [], products: domain.products.map(product => ({ ...product, labels: ['phi', 'open'] })) }
        : domain,
    ),
  })

  it('no rule of a domain stands outside its fence', () => {
    const text = 'forbid (principal, action in Mesh::Action::"use", resource in Mesh::Label::"restricted");'
    expect(() => compiled(withRules(onlyRules(openMesh, {}), { sales: `@id("sales/x") ${text}` }))).toThrow()
  })

  /** As if a forbid of a domain were one of the centre, wherever it says it holds. */
  function everywhere(policy: PolicyJson): PolicyJson {
    if (policy.effect !== 'forbid' || !policy.id.startsWith('sales/')) return policy
    const est = policy.est as object
    const id = `central/${policy.id.slice('sales/'.length)}-of-sales`
    const annotations = { ...policy.annotations, id }
    const conditions: readonly unknown[] = []
    return { ...policy, id, path: 'extra/central.cedar', annotations, est: { ...est, annotations, conditions, resource: { op: 'All' } } }
  }

  it('a planted bug is caught: a forbid that holds outside its fence', { timeout: 120_000 }, () => {
    const planted = seeing(policies => policies.map(everywhere))
    expect(fc.check(property(planted), { numRuns: 200, seed: 7, endOnFailure: true }).failed).toBe(true)
  })
})
