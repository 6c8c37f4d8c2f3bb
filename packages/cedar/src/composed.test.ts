import type { Mesh } from '@selvage/kernel/contract'
import { type CompiledPolicies, decide, discoverable, type PolicyJson, type Row, type Subject } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules, policyFiles, withRules } from '../test/example-mesh.ts'
import { type GeneratedAsker, generatedAsker, generatedRow, generatedRules } from '../test/generated-rules.ts'
import { compiled, type Released, released, revealsNoMore } from '../test/released.ts'
import { parsePolicies } from './parse-policies.ts'
import { openReplay } from './replay.ts'

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

  /** What the official engine lets one agent see by itself: its ceiling. */
  function ceiling(mesh: Mesh, policies: readonly PolicyJson[], who: Subject, { asker, rows }: Case): Released {
    const replay = openReplay(mesh, policies)
    return rows.map(row => {
      const { visible, cells } = replay(who, asker.purpose, customer, row)
      if (!visible) return undefined
      return Object.fromEntries([...cells].filter(([, cell]) => cell.revealed).map(([name, cell]) => [name, [...cell.masks]]))
    })
  }

  /** Whether the chain is given more than its person, or than some agent's ceiling. */
  function exceeds(decided: Decide, one: Case): boolean {
    const mesh = onlyRules(openMesh, one.rules)
    const { policies } = parsePolicies(policyFiles(mesh))
    const got = decided(compiled(mesh), one)
    const person = released(compiled(mesh), customer, { asker: one.asker, rows: one.rows })
    return [person, ...one.agents.map(who => ceiling(mesh, policies, who, one))].some(most => !revealsNoMore(most, got))
  }

  it('a chain of agents never gets more than its person, nor than the ceiling of any of them', { timeout: 120_000 }, () => {
    let something = 0
    fc.assert(
      fc.property(cases, one => {
        expect(exceeds(whole, one)).toBe(false)
        if (whole(compiled(onlyRules(openMesh, one.rules)), one).some(row => row !== undefined)) something += 1
      }),
      { numRuns: runs },
    )
    expect(something).toBeGreaterThan(0)
  })

  it.each<[string, Decide]>([
    ['the last agent is forgotten', (policies, one) => whole(policies, { ...one, agents: one.agents.slice(0, -1) })],
    ['the person is forgotten', (policies, one) => whole(policies, { ...one, asker: { ...one.asker, subject: userLike(one.agents[0]!) } })],
  ])('a planted bug is caught: %s', (_, planted) => {
    const permit = (who: string, when: string): string =>
      `@id("sales/${who.toLowerCase()}") permit (principal is Mesh::${who}, action in Mesh::Action::"use", resource is sales::crm::customer) when { ${when} };`
    const sales = `${permit('User', 'resource has country && resource.country == "a"')}
      ${permit('Agent', 'resource has vip && resource.vip && (principal in Mesh::Role::"analyst" || resource has customer_id)')}
      ${permit('Workload', 'true')}`
    const agent_ = (id: string, role: string): Subject => ({ kind: 'Agent', id, roles: ['everybody', role], groups: [], attributes: {} })
    const subject: Subject = { kind: 'User', id: 'a', roles: ['everybody'], groups: [], attributes: {} }
    const one: Case = {
      rules: { central: '', sales, health: '' },
      asker: { subject, actors: [], purpose: 'analytics' },
      agents: [agent_('b', 'analyst'), agent_('c', 'clinician')],
      rows: [
        { country: 'a', vip: true },
        { country: 'b', vip: true, customer_id: 1n },
      ],
    }
    expect([exceeds(whole, one), exceeds(planted, one)]).toEqual([false, true])
  })

  const userLike = (who: Subject): Subject => ({ ...who, kind: 'Workload' })
})

describe('domains', () => {
  const change = fc.record({ before: generatedRules, after: generatedRules, asker: generatedAsker })

  /** Everything that is said of health's tables to one asker. */
  function ofHealth(mesh: Mesh, asker: GeneratedAsker): unknown {
    const policies = compiled(mesh)
    const known = [...discoverable(policies, asker)].filter(([table]) => table.startsWith('health.'))
    return [known, decide(policies, asker, conditions.id)]
  }

  it('what one domain changes changes no answer of another', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(change, ({ before, after, asker }) => {
        const mesh = onlyRules(openMesh, before)
        const changed = onlyRules(withoutSales(openMesh), { ...before, sales: after.sales })
        expect(ofHealth(changed, asker)).toEqual(ofHealth(mesh, asker))
      }),
      { numRuns: runs },
    )
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

  it('a planted bug is caught: a rule outside its fence', () => {
    const text = 'forbid (principal, action in Mesh::Action::"use", resource in Mesh::Label::"restricted");'
    const asker = {
      subject: { kind: 'User', id: 'a', roles: ['everybody'], groups: [], attributes: {} },
      actors: [],
      purpose: 'research',
    } as const
    const open = onlyRules(openMesh, {
      health: '@id("health/p") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"health");',
    })
    expect(() => compiled(withRules(open, { sales: `@id("sales/x") ${text}` }))).toThrow()
    // As if the fence let it through.
    expect(ofHealth(withRules(open, { central: `@id("central/x") ${text}` }), asker)).not.toEqual(ofHealth(open, asker))
  })
})
