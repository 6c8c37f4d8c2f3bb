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
