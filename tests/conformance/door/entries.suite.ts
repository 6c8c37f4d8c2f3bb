import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '@selvage/kernel/model'
import { describe, expect, test } from 'vitest'
import { type Entry, entriesIn } from './entries.ts'
import { wideTables } from './lab-mesh.ts'
import type { Stand } from './stand.ts'

const hex = (length: number): unknown => expect.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))

const common = {
  category_uid: 6,
  class_uid: 6005,
  activity_id: 4,
  type_uid: 600504,
  v: 1,
  time: expect.any(Number),
  nonce: expect.stringMatching(/^[A-Za-z0-9+/]{22}==$/),
  domain: 'lab',
  instance: 'a',
  actor: hex(32),
  agents: [],
  issuer: 'staff',
  proof: 'bearer',
  device: 'asserted',
  bundles: { centre: { version: expect.any(Number), digest: hex(32) }, domain: { version: expect.any(Number), digest: hex(32) } },
}
const analytics = { purpose: 'analytics', purpose_iri: 'https://w3id.org/dpv#ServiceUsageAnalytics' }

export function entries(stand: Stand): void {
  /** The entries that a call leaves, without what only serves the test. */
  const leaves = async (call: () => Promise<unknown>, count = 1): Promise<readonly Entry[]> => {
    const { body } = await stand.door.as('ivo@staff', '/v1/who-saw', { resource: 'lab.shop' })
    await call()
    return (await entriesIn(stand.auditDir, body.receipt.index, count + 1)).slice(1)
  }
  const facts = (entry: Entry | undefined): object => {
    const { index: _index, raw: _raw, ...rest } = entry!
    return rest
  }

  describe('entries', () => {
    test('an agent that asks with nobody behind it leaves a refusal', async () => {
      const [entry] = await leaves(() => stand.door.sql('bot@staff', 'analytics', 'SELECT 1'))
      expect(entry).toMatchObject({ event: 'denied', code: 'identity.agent_alone' })
    })

    test('released, then ended', async () => {
      const [released, ended] = await leaves(
        () => stand.door.sql('ana@staff', 'analytics', 'SELECT customer_email FROM lab.shop.orders'),
        2,
      )
      expect(facts(released)).toEqual({
        ...common,
        ...analytics,
        event: 'released',
        tables: [{ table: 'lab.shop.orders', version: 1, rows: 'all' }],
        rules: ['central/pii', 'lab/analysts'],
        labels: ['confidential', 'origin/lab/shop', 'pii'],
        detail: hex(64),
      })
      expect(facts(ended)).toEqual({
        ...common,
        event: 'ended',
        of: released!.index,
        rows: 4,
        bytes: expect.any(Number),
        ms: expect.any(Number),
        tables: [],
        rules: [],
      })
    })

    test('replay: what was released is decided again as it was', async () => {
      const [released] = await leaves(
        () => stand.door.sql('ana@staff', 'analytics', 'SELECT customer_email FROM lab.shop.orders LIMIT 1'),
        2,
      )
      const of = released!.index
      const told: Awaited<ReturnType<typeof stand.door.as>>[] = []
      const [entry] = await leaves(async () => told.push(await stand.door.as('ivo@staff', '/v1/replay', { index: of, official: true })))
      expect(told[0]?.body).toMatchObject({
        index: of,
        outcome: 'agrees',
        why: [],
        official: [{ table: 'lab.shop.orders', differences: 0 }],
      })
      expect(facts(entry)).toEqual({ ...common, event: 'replay', of, outcome: 'agrees', tables: [], rules: [] })
      const refused = await stand.door.as('ana@staff', '/v1/replay', { index: of })
      expect([refused.status, refused.body.code]).toEqual([403, 'policy.denied'])
    })

    test('denied, why and who-saw', async () => {
      const [denied] = await leaves(() => stand.door.sql('ana@staff', 'support', 'SELECT 1 FROM lab.shop.orders'))
      expect(facts(denied)).toMatchObject({ ...common, event: 'denied', code: 'policy.denied', purpose: 'support', detail: hex(64) })
      const [unknown] = await leaves(() => stand.door.sql('ana@staff', 'SENTINEL-purpose', 'SELECT 1'))
      expect(facts(unknown)).toEqual({ ...common, event: 'denied', code: 'purpose.unknown', tables: [], rules: [], detail: hex(64) })
      const [why] = await leaves(() =>
        stand.door.as('ana@staff', '/v1/why', { sql: 'SELECT total FROM lab.shop.orders', purpose: 'analytics' }),
      )
      expect(facts(why)).toMatchObject({ ...common, ...analytics, event: 'why', rules: ['central/pii', 'lab/analysts'] })
      const [asked] = await leaves(() => stand.door.as('ivo@staff', '/v1/who-saw', { resource: 'lab.shop.orders.total' }))
      expect(facts(asked)).toEqual({ ...common, event: 'who-saw', resource: 'lab.shop.orders.total', tables: [], rules: [] })
    })

    test('thirty tables and their rules fit: what is left out is counted, and who-saw still finds it', async () => {
      const froms = wideTables.map((name, i) => `lab.wide.${name} t${i}`).join(', ')
      const [released] = await leaves(() =>
        stand.door.sql('ana@staff', 'analytics', `SELECT t0.id, t29.a_column_with_a_long_name_too FROM ${froms}`),
      )
      const { tables, rules, more_tables: tablesLeft = 0, more_rules: rulesLeft = 0 } = released as Entry & Record<string, number>
      expect(released!.raw.length).toBeLessThanOrEqual(4_096)
      expect(tables.length + Number(tablesLeft)).toBe(30)
      expect(rules.length + Number(rulesLeft)).toBe(31)
      for (const name of [wideTables[0], wideTables[29]]) {
        const { body } = await stand.door.as('ivo@staff', '/v1/who-saw', { resource: `lab.wide.${name}` })
        expect(body.accesses[0]!.index).toBe(released!.index)
      }
    })

    test('a statement of the longest kind is recorded, whatever its bytes', async () => {
      const noise = createHash('shake256', { outputLength: 30_000 }).update('noise').digest('hex')
      const told = await stand.door.sql('ana@staff', 'analytics', `SELECT length('${noise}')`)
      expect({ status: told.status, rows: told.body.rows }).toEqual({ status: 200, rows: [['60000']] })
    })

    test('every entry is canonical JSON of 4 KiB at most', async () => {
      const { body } = await stand.door.as('ivo@staff', '/v1/who-saw', { resource: 'lab.shop' })
      const all = await entriesIn(stand.auditDir, 0, body.receipt.index + 1)
      expect(all.length).toBeGreaterThan(20)
      for (const { raw } of all) {
        expect(raw.length).toBeLessThanOrEqual(4_096)
        expect(canonicalJson(JSON.parse(raw.toString('utf8')) as Json)).toBe(raw.toString('utf8'))
      }
    })
  })
}
