import { SelvageError } from '@selvage/kernel/model'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decide } from '../../packages/gate/src/decide/index.ts'
import { execute } from '../../packages/gate/src/execute/stage.ts'
import { identify } from '../../packages/gate/src/identify/index.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { type Rewritten, rewrite } from '../../packages/gate/src/rewrite/index.ts'
import { senderNamed } from '../golden/ask.ts'
import { openStand, type Stand } from '../golden/stand.ts'

const shop = `
@id("shop/analysts") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"shop");
@id("shop/germany") forbid (principal, action == Mesh::Action::"read", resource is shop::crm::customer)
unless { resource has country && resource.country == "DE" };`
const subject = { kind: 'User', id: 'workforce/analyst', roles: ['analyst'], groups: [], attributes: {} } as const
const sql =
  'WITH c AS (SELECT customer_id, first_name FROM shop.crm.customer) SELECT c.first_name, i.note FROM c JOIN shop.orders.invoice i USING (customer_id)'

let stand: Stand
let gate: Gate
let rewritten: Rewritten
beforeAll(async () => {
  stand = await openStand()
  gate = await stand.gate({ shop }, { analyst: { subject, actors: [] } })
  rewritten = await rewrite(gate, await decide(gate, await identify(gate, senderNamed('analyst')), { sql, purpose: 'analytics' }))
})
afterAll(() => stand.close())

/** What a rewriter with a fault hands on; the type says that only `rewrite` makes one, and here it lies. */
const run = (fault: (text: string) => string): ReturnType<typeof execute> =>
  execute(gate, { ...rewritten, sql: fault(rewritten.sql) }, { separator: '\n', stop: new AbortController(), left: Promise.resolve() })

/** The secured relation of a table as the engine prints it, its brackets included. */
const customers = /\(SELECT customer_id AS customer_id.*?p_crm_v1\.main\.customer.*?\)(?= AS customer\b)/
const invoices = /\(SELECT invoice_id AS invoice_id.*?p_orders_v1\.main\.invoice.*?\)(?= AS i\b)/

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => 'it ran',
    reason => reason,
  )
  return error instanceof SelvageError ? error.code : String(error)
}

it('runs as it was rewritten', async () => {
  const { running } = await run(text => text)
  for await (const part of running.rows) expect(part.length).toBeGreaterThan(0)
  expect((await running.done).rows).toBeGreaterThan(0)
})

it.each<[string, (text: string) => string]>([
  ['a table that was not replaced', text => text.replace(customers, 'p_crm_v1.main.customer')],
  ['the other table that was not replaced', text => text.replace(invoices, 'p_orders_v1.main.invoice')],
  ['a secured relation without its filter', text => text.replace(customers, relation => `${relation.replace(/ WHERE .*/, '')})`)],
  ['a filter that lets everything pass', text => text.replace("'DE'", "'DE') OR ('US' = country")],
  ['rows beside those of the secured relation', text => text.replace(customers, '$& AS c UNION ALL SELECT * FROM p_crm_v1.main.customer')],
  ['a CTE that was not renamed', text => text.replaceAll(/selvage_[0-9a-f]{16}/g, 'other')],
  ['a table function', text => text.replace(invoices, "(SELECT * FROM read_csv('x.csv'))")],
  ['another statement', () => 'SELECT first_name, email FROM p_crm_v1.main.customer'],
  ['no SELECT', () => 'SET threads = 1'],
])('the engine child refuses %s', async (_, fault) => {
  expect(fault(rewritten.sql)).not.toBe(rewritten.sql)
  expect(await codeOf(run(fault))).toBe('engine.refused')
  // And goes on.
  const { running } = await run(text => text)
  for await (const part of running.rows) expect(part.length).toBeGreaterThan(0)
})
