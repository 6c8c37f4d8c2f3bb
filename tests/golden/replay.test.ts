import { readEntry } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { type Replayed, replay } from '../../packages/gate/src/record/replay.ts'
import { ask, mustAnswer, senderNamed } from './ask.ts'
import { openStand, type Party, type Policies, type Stand } from './stand.ts'

const user = (id: string, roles: readonly string[]): Party['subject'] => ({
  kind: 'User',
  id,
  roles,
  groups: [],
  attributes: { employee_id: 3 },
})
const parties: Readonly<Record<string, Party>> = {
  rep: {
    subject: user('workforce/rep', ['sales-rep']),
    actors: ['copilot', 'pilot'].map(name => ({ kind: 'Agent', id: `workforce/${name}`, roles: ['analyst'], groups: [], attributes: {} })),
  },
  auditor: { subject: user('workforce/auditor', ['auditor']), actors: [] },
  guest: { subject: user('workforce/guest', ['analyst']), actors: [] },
}
const policies: Policies = {
  centre:
    '@id("central/pii") @mask("token") forbid (principal is Mesh::Agent, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii");',
  shop: `
    @id("shop/all") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"shop");
    @id("shop/own") forbid (principal is Mesh::User, action == Mesh::Action::"read", resource is shop::crm::customer)
    unless { resource has support_rep_id && principal has employee_id && resource.support_rep_id == principal.employee_id };
    @id("shop/audit") permit (principal in Mesh::Role::"auditor", action == Mesh::Action::"audit", resource in Mesh::Domain::"shop");`,
}
const other: Policies = {
  shop: policies.shop
    .replace('@id("shop/own") forbid', '@id("shop/own") @reason("changed") forbid')
    .replace('== principal.employee_id', '!= principal.employee_id'),
}
const request = { sql: 'SELECT first_name, country FROM shop.crm.customer ORDER BY 1', purpose: 'analytics' }

describe('replay', () => {
  let stand: Stand
  let gate: Gate
  let index: number
  beforeAll(async () => {
    stand = await openStand()
    gate = await stand.gate(policies, parties)
    index = (await mustAnswer(gate, 'rep', request)).receipt.index
  })
  afterAll(() => stand.close())

  const replayed = (by: Gate, who = 'auditor', official = false, at = index): Promise<Replayed> =>
    replay(by, { sender: senderNamed(who), index: at, official })

  it('decides an entry again as it was recorded, and as the official engine does', async () => {
    expect(await replayed(gate, 'auditor', true)).toMatchObject({
      index,
      outcome: 'agrees',
      why: [],
      official: [{ table: 'shop.crm.customer', rows: 3, differences: 0 }],
      receipt: { index: index + 2 },
    })
  })

  it('an entry names all of a chain of agents, by pseudonyms', async () => {
    const entry = JSON.parse(Buffer.from(await readEntry(gate.auditDir, index)).toString('utf8')) as { agents: string[]; actor: string }
    expect(entry.agents).toHaveLength(2)
    expect(new Set([entry.actor, ...entry.agents]).size).toBe(3)
    expect(JSON.stringify(entry)).not.toMatch(/pilot|rep/)
  })

  it('goes by the rules of then, whatever is in force now', async () => {
    const now = await stand.gate(other, parties)
    expect(await replayed(now)).toMatchObject({ outcome: 'agrees' })
    expect(await replayed({ ...now, rulesOf: async () => undefined })).toMatchObject({
      outcome: 'unknown',
      why: ['the rules of then are not kept any more'],
    })
  })

  it('says what differs where other rules are taken for those of then', async () => {
    const wrong = await stand.gate(
      {
        shop: `${policies.shop} @id("shop/new") forbid (principal, action == Mesh::Action::"read", resource is shop::crm::customer) when { resource has vip && resource.vip };`,
      },
      parties,
    )
    const found = await replayed({ ...gate, rulesOf: async () => wrong.generation() })
    expect(found.outcome).toBe('differs')
    expect(found.why).toEqual([
      'shop.crm.customer: its rows were decided by other rules',
      'shop.crm.customer.first_name: decided otherwise',
    ])
  })

  it('a mistake in our evaluator is found by the official engine', async () => {
    const open = await stand.gate({ shop: policies.shop.replace('unless {', 'when { false } unless {') }, parties)
    const { written } = gate.generation().policies
    const mistaken = { ...open.generation(), policies: { ...open.generation().policies, written } }
    const found = await replayed({ ...gate, rulesOf: async () => mistaken }, 'auditor', true)
    expect(found).toMatchObject({ outcome: 'differs', official: [{ differences: 3 }] })
  })

  it('what may not be audited, is not there or decided nothing reads alike, and is recorded', async () => {
    const before = gate.audit.size
    const told = new Set<string>()
    for (const [who, at] of [
      ['rep', index],
      ['auditor', 10_000],
      ['auditor', index + 1],
    ] as const) {
      const error = await replayed(gate, who, false, at).catch((thrown: unknown) => thrown)
      told.add(JSON.stringify([(error as { code: string }).code, String(error)]))
    }
    expect(told.size).toBe(1)
    expect([...told][0]).toContain('policy.denied')
    expect(gate.audit.size).toBe(before + 3)
    expect(await ask(gate, 'rep', request)).toHaveProperty('rows')
  })
})

describe('replay of what was refused', () => {
  const shut: Policies = {
    shop: `${policies.shop.split('@id("shop/own")')[0]}
      @id("shop/no-guests") @reason("not for analysts") forbid (principal in Mesh::Role::"analyst", action == Mesh::Action::"read", resource in Mesh::Table::"shop.crm.customer");
      @id("shop/orders") forbid (principal in Mesh::Role::"analyst", action, resource in Mesh::Product::"shop.orders");
      @id("shop/audit") permit (principal in Mesh::Role::"auditor", action == Mesh::Action::"audit", resource in Mesh::Domain::"shop");`,
  }
  const open = { shop: shut.shop.replace(/@id\("shop\/(no-guests|orders)"\)[^;]*;/g, '') }
  let stand: Stand
  let gate: Gate
  beforeAll(async () => {
    stand = await openStand()
    gate = await stand.gate(shut, parties)
  })
  afterAll(() => stand.close())

  /** Its entry is the last. */
  async function denied(sql: string, code: string, purpose = 'analytics'): Promise<number> {
    expect(await ask(gate, 'guest', { sql, purpose })).toMatchObject({ code })
    return gate.audit.size - 1
  }
  const replayed = (by: Gate, index: number, official = false, who = 'auditor'): Promise<Replayed> =>
    replay(by, { sender: senderNamed(who), index, official })
  const under = async (other: Policies): Promise<Gate> => {
    const model = (await stand.gate(other, parties)).generation()
    return { ...gate, rulesOf: async () => model }
  }
  const customers = 'SELECT first_name FROM shop.crm.customer'

  it.each([
    ['policy.denied', customers],
    ['policy.denied', 'SELECT count(*) FROM shop.crm.customer c, shop.crm.customer d'],
    ['query.unknown_table', 'SELECT * FROM shop.orders.invoice'],
    ['query.unknown_table', 'SELECT * FROM shop.crm.customers'],
    ['query.unknown_table', 'SELECT * FROM "shop.crm".customer'],
  ])('%s agrees with the rules of then: %s', async (code, sql) => {
    const index = await denied(sql, code)
    expect(await replayed(await under(shut), index)).toMatchObject({ index, outcome: 'agrees', why: [] })
  })

  it('a purpose that was not permitted agrees too', async () => {
    const index = await denied(customers, 'purpose.not_permitted', 'service-provision')
    expect(await replayed(gate, index, true)).toMatchObject({ outcome: 'agrees', official: [] })
  })

  it('says what differs where the rules of then would have answered, or refused otherwise', async () => {
    const index = await denied(customers, 'policy.denied')
    expect(await replayed(await under(open), index)).toMatchObject({
      outcome: 'differs',
      why: ['it was policy.denied, and is allowed'],
    })
    const renamed = { shop: shut.shop.replace('shop/no-guests', 'shop/other') }
    expect(await replayed(await under(renamed), index)).toMatchObject({ outcome: 'differs', why: ['it was refused by other rules'] })
    const hidden = await denied('SELECT * FROM shop.orders.invoice', 'query.unknown_table')
    expect(await replayed(await under(open), hidden)).toMatchObject({
      outcome: 'differs',
      why: ['it was query.unknown_table, and is allowed'],
    })
  })

  it('goes by who asked then, in their circumstances, and asks the official engine for the rows too', async () => {
    const index = await denied(customers, 'policy.denied')
    expect(await replayed(gate, index, true)).toMatchObject({
      outcome: 'agrees',
      official: [{ table: 'shop.crm.customer', differences: 0 }],
    })
    const { written } = (await stand.gate(open, parties)).generation().policies
    const generation = { ...gate.generation(), policies: { ...gate.generation().policies, written } }
    const found = await replayed({ ...gate, rulesOf: async () => generation }, index, true)
    expect(found).toMatchObject({ outcome: 'differs', why: [] })
    expect(found.official![0]!.differences).toBeGreaterThan(0)
  })

  it('what rules do not decide is said to be so', async () => {
    const index = await denied(`${customers} WHERE nope_nope = 1`, 'policy.denied')
    expect(await replayed(gate, index)).toMatchObject({ outcome: 'agrees' })
    const form = await denied('SELECT first_name FROM shop.crm.customer, read_text(first_name)', 'query.unsupported')
    expect(await replayed(gate, form)).toMatchObject({
      outcome: 'unknown',
      why: ['it was refused with query.unsupported, which rules do not decide'],
    })
  })

  it('what may not be audited, what names no table and what is not kept whole reads alike', async () => {
    const one = await denied(customers, 'policy.denied')
    const long = await denied(`${customers} WHERE first_name <> '${'x'.repeat(9_000)}'`, 'policy.denied')
    const elsewhere = await denied('SELECT 1 FROM nobody.knows.it', 'query.unknown_table')
    const syntax = await denied('SELECT FROM WHERE', 'query.syntax')
    const told = new Set<string>()
    for (const [index, who] of [
      [one, 'guest'],
      [long, 'auditor'],
      [elsewhere, 'auditor'],
      [syntax, 'auditor'],
      [10_000, 'auditor'],
    ] as const)
      told.add(String(await replayed(gate, index, false, who).catch((thrown: unknown) => thrown)))
    expect(told.size).toBe(1)
    expect([...told][0]).toContain('or it decided nothing')
  })
})
