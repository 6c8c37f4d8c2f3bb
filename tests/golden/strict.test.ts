import { afterAll, beforeAll, expect, it } from 'vitest'
import { explain } from '../../packages/gate/src/pipeline.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { ask, mustAnswer, senderNamed } from './ask.ts'
import { expectSame } from './compare.ts'
import { openStand, type Party, type Stand } from './stand.ts'
import { readYaml } from './tree.ts'
import { Twin } from './twin.ts'

const { permit, protections } = readYaml('protections.yaml') as {
  permit: string
  protections: Readonly<Record<string, { readonly shop?: string }>>
}
const analyst: Party = { subject: { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} }, actors: [] }
const purpose = 'analytics'

let stand: Stand
let gate: Gate
let twin: Twin
beforeAll(async () => {
  stand = await openStand({ engine: { strict: ['shop.crm'] } })
  gate = await stand.gate({ shop: `${permit}\n${protections['row filter']?.shop ?? ''}` }, { analyst })
  twin = await Twin.open({ gate, party: analyst, purpose, undiscoverable: [] })
})
afterAll(async () => {
  twin.close()
  await stand.close()
})

/** Whether it ran strictly. `packages/gate/src/execute/strict.test.ts` shows what that gives. */
async function isStrict(sql: string): Promise<boolean> {
  const { rewritten } = await explain(gate, { sender: senderNamed('analyst'), request: { sql, purpose } })
  expect(rewritten.sql.startsWith('WITH selvage_')).toBe(rewritten.strict)
  return rewritten.strict
}

it.each([
  ['SELECT first_name FROM shop.crm.customer', true],
  ['SELECT c.first_name, i.note FROM shop.orders.invoice i LEFT JOIN shop.crm.customer AS c USING (customer_id)', true],
  ['WITH t AS (SELECT * FROM shop.crm.customer) SELECT a.country, b.vip FROM t a JOIN t b USING (customer_id)', true],
  ['SELECT note FROM shop.orders.invoice WHERE customer_id IN (SELECT customer_id FROM shop.crm.customer)', true],
  // Nothing of the table is needed, and all of its CTE is read.
  ['SELECT NULL AS n FROM shop.crm.customer', true],
  ['SELECT i.note FROM shop.orders.invoice i ANTI JOIN shop.crm.customer c ON i.customer_id = c.customer_id AND FALSE', true],
  ['SELECT note FROM shop.orders.invoice', false],
  ['SELECT 1', false],
] as const)('what touches a product of engine.strict is run strictly: %s', async (sql, strict) => {
  expect(await isStrict(sql)).toBe(strict)
  expectSame(await mustAnswer(gate, 'analyst', { sql, purpose }), await twin.run({ sql }), false)
})

/** The engine does not plan these over CTEs, and over the same tables it does. */
it.each([
  'SELECT (SELECT c.country <= ANY (SELECT d.country FROM shop.crm.customer d)) FROM shop.crm.customer c',
  'SELECT (SELECT max(v) FROM (SELECT c.country > ALL (SELECT NULL::VARCHAR FROM shop.crm.customer) AS v FROM shop.orders.invoice)) FROM shop.crm.customer c',
  'SELECT country FROM shop.crm.customer WHERE 1 IN (SELECT length(customer.country) FROM shop.crm.customer a SEMI JOIN shop.crm.customer b USING (country))',
  'SELECT country FROM shop.crm.customer WHERE 1 IN (SELECT length(customer.country) FROM shop.crm.customer a FULL JOIN shop.crm.customer b USING (country))',
  'SELECT c.country, x.k FROM shop.crm.customer c LEFT JOIN LATERAL (SELECT c.country AS k FROM shop.orders.invoice a POSITIONAL JOIN shop.orders.invoice b) x ON TRUE',
  'SELECT (SELECT c.country FROM shop.orders.invoice USING SAMPLE 2 ROWS LIMIT 1) FROM shop.crm.customer c',
  'SELECT (SELECT max(c.country || x.note) FROM (SELECT note FROM shop.orders.invoice LIMIT 50%) x) FROM shop.crm.customer c',
])('what the engine cannot plan strictly is refused with what to write instead: %s', async sql => {
  expect(await twin.run({ sql })).toBeDefined()
  const refused = await ask(gate, 'analyst', { sql, purpose })
  expect(refused).toMatchObject({ code: 'query.unsupported', problem: expect.stringContaining('Write it as a join') })
  expectSame(
    await mustAnswer(gate, 'analyst', { sql: 'SELECT country FROM shop.crm.customer', purpose }),
    await twin.run({ sql: 'SELECT country FROM shop.crm.customer' }),
    false,
  )
})
