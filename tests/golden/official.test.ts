import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { ask, mustAnswer } from './ask.ts'
import { expectSame } from './compare.ts'
import { openStand, type Party, type Policies, type Stand } from './stand.ts'
import { Twin } from './twin.ts'

const party: Party = {
  subject: { kind: 'User', id: 'workforce/rep', roles: ['sales-rep'], groups: [], attributes: { employee_id: 3, trainings: ['DE'] } },
  actors: [{ kind: 'Agent', id: 'workforce/copilot', roles: ['analyst'], groups: [], attributes: {} }],
}
const policies: Policies = {
  centre: `
    @id("central/pii") @mask("token") forbid (principal is Mesh::Agent, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii");
    @id("central/initials") @mask("partial") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii")
    when { resource has vip && resource.vip };`,
  shop: `
    @id("shop/all") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"shop");
    @id("shop/own") forbid (principal is Mesh::User, action == Mesh::Action::"read", resource is shop::crm::customer)
    unless { resource has support_rep_id && principal has employee_id && resource.support_rep_id == principal.employee_id };
    @id("shop/europe") forbid (principal, action == Mesh::Action::"reveal", resource is shop::crm::customer in Mesh::Column::"shop.crm.customer.spent")
    when { resource has country && resource.country != "DE" };`,
}
const open: Policies = { shop: '@id("shop/all") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"shop");' }
const sql = 'SELECT customer_id, first_name, email, spent FROM shop.crm.customer ORDER BY 1'
const request = { sql, purpose: 'analytics' }

describe('with the official engine as the one that decides', () => {
  let stand: Stand
  beforeAll(async () => {
    stand = await openStand({ policyEngine: 'wasm' })
  })
  afterAll(() => stand.close())

  it('rows, cells and masks are those of the twin', async () => {
    const gate = await stand.gate(policies, { party })
    const twin = await Twin.open({ gate, party, purpose: 'analytics', undiscoverable: [] })
    const answer = await mustAnswer(gate, 'party', request)
    expect(answer.rows).toHaveLength(3)
    expectSame(answer, await twin.run(request), true)
    twin.close()
  })

  it('a mistake in our evaluator opens nothing', async () => {
    const gate = await stand.gate(policies, { party })
    const rules = (await stand.gate(open, { party })).generation().policies.rules
    const mistaken = (policyEngine: 'selvage' | 'wasm'): Gate => {
      const generation = gate.generation()
      const wrong = { ...generation, policies: { ...generation.policies, rules, plans: new WeakMap() } }
      return { ...gate, config: { ...gate.config, policyEngine }, generation: () => wrong }
    }
    const right = await mustAnswer(gate, 'party', request)
    expect((await mustAnswer(mistaken('wasm'), 'party', request)).rows).toEqual(right.rows)
    const { rows } = await mustAnswer(mistaken('selvage'), 'party', request)
    expect(rows).toHaveLength(9)
  })

  it('a sample of what ours decides is decided by it too, and a mistake of ours is told, to the operator', async () => {
    const gate = await stand.gate(policies, { party })
    const told: unknown[] = []
    const sampled: Gate = {
      ...gate,
      config: { ...gate.config, policyEngine: 'selvage', official: { ...gate.config.official, shadowMs: 1_000 } },
      log: (event, attributes) => void (event.startsWith('policy.shadow') && told.push({ event, ...attributes })),
    }
    await mustAnswer(sampled, 'party', { ...request, sql: `${sql}  ` })
    await mustAnswer(sampled, 'party', { ...request, sql: `${sql}   ` })
    await expect
      .poll(() => told, { timeout: 20_000 })
      .toEqual([{ event: 'policy.shadow_agrees', table: 'shop.crm.customer', rows: expect.any(Number) as number, differences: 0 }])
    const rules = (await stand.gate(open, { party })).generation().policies.rules
    const wrong = { ...gate.generation(), policies: { ...gate.generation().policies, rules, plans: new WeakMap() } }
    const mistaken: Gate = { ...sampled, config: { ...sampled.config }, generation: () => wrong }
    expect((await mustAnswer(mistaken, 'party', request)).rows).toHaveLength(9)
    await expect.poll(() => told.at(-1), { timeout: 20_000 }).toMatchObject({ event: 'policy.shadow_differs' })
    expect((told.at(-1) as { differences: number }).differences).toBeGreaterThan(0)
  })

  it('works a table out once for all who ask at once as the same', async () => {
    const gate = await stand.gate(policies, { party })
    let asked = 0
    const decideRows: typeof gate.official.decideRows = question => {
      asked += 1
      return gate.official.decideRows(question)
    }
    const counted = { ...gate, official: { ...gate.official, decideRows } }
    const answers = await Promise.all([1, 2, 3].map(() => mustAnswer(counted, 'party', request)))
    expect(answers.map(({ rows }) => rows.length)).toEqual([3, 3, 3])
    expect(asked).toBe(1)
  })

  it('rows that it decides are waited for where the engine is busy', async () => {
    const busy = await openStand({ policyEngine: 'wasm', engine: { timeoutMs: 1_500 } })
    const other: Party = { subject: { ...party.subject, id: 'workforce/other' }, actors: [] }
    const gate = await busy.gate(policies, { party, other })
    const endless = { ...request, sql: "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))" }
    const [held, answer] = await Promise.all([ask(gate, 'other', endless), mustAnswer(gate, 'party', request)])
    expect(held).toMatchObject({ code: 'limit.time' })
    expect(answer.rows).toHaveLength(3)
    await busy.close()
  }, 60_000)

  it('a table with more different rows than it takes is refused as such', async () => {
    const gate = await stand.gate(policies, { party })
    const few = { ...gate, config: { ...gate.config, official: { ...gate.config.official, rows: 2 } } }
    expect(await ask(few, 'party', { ...request, sql: `${sql} ` })).toMatchObject({ code: 'limit.rows' })
  })
})
