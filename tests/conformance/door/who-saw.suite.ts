import { describe, expect, test } from 'vitest'
import { entriesIn } from './entries.ts'
import type { Stand } from './stand.ts'

export function whoSaw(stand: Stand): void {
  const ask = (resource: string, more: object = {}): ReturnType<typeof stand.door.as> =>
    stand.door.as('ivo@staff', '/v1/who-saw', { resource, ...more })

  describe('who saw', () => {
    test('people, purposes, columns and rules, those of the rows too, right after the answer', async () => {
      await stand.door.sql('uma@staff', 'support', 'SELECT order_id FROM lab.shop.orders')
      const { body } = await ask('lab.shop.orders.order_id')
      expect(body.accesses[0]).toMatchObject({
        subject: 'staff/uma',
        agents: [],
        purpose: 'support',
        table: 'lab.shop.orders',
        columns: ['order_id'],
        rules: ['lab/helper-order-id', 'lab/own-country'],
      })
    })

    test('by column: also where it is only compared or ordered by; not where it is not touched', async () => {
      const before = (await ask('lab.shop.orders.total')).body.accesses.length
      await stand.door.sql('ana@staff', 'analytics', 'SELECT order_id FROM lab.shop.orders WHERE total > 8')
      await stand.door.sql('ana@staff', 'analytics', 'SELECT order_id FROM lab.shop.orders ORDER BY total')
      await stand.door.sql('ana@staff', 'analytics', 'SELECT country FROM lab.shop.orders')
      const { body } = await ask('lab.shop.orders.total')
      expect(body.accesses.length - before).toBe(2)
      expect(body.accesses[0]).toMatchObject({ subject: 'staff/ana', columns: ['order_id', 'total'], rules: ['lab/analysts'] })
    })

    test('a masked column names the rule of the mask', async () => {
      await stand.door.sql('ana@staff', 'analytics', 'SELECT customer_email FROM lab.shop.orders')
      const { body } = await ask('lab.shop.orders.customer_email')
      expect(body.accesses[0]!.rules).toEqual(['central/pii', 'lab/analysts'])
    })

    test('agents are named beside the person', async () => {
      await stand.door.sql('bot for ana@staff', 'analytics', 'SELECT country FROM lab.shop.orders')
      expect((await ask('lab.shop.orders')).body.accesses[0]).toMatchObject({ subject: 'staff/ana', agents: ['staff/bot'] })
    })

    test('a statement over several tables is one access for each', async () => {
      const two = ['a_table_with_quite_a_long_name_number_01', 'a_table_with_quite_a_long_name_number_02']
      await stand.door.sql('ana@staff', 'analytics', `SELECT a.id FROM lab.wide.${two[0]} a JOIN lab.wide.${two[1]} b ON a.id = b.id`)
      const { accesses } = (await ask('lab.wide')).body
      expect(
        accesses
          .slice(0, 2)
          .map(access => access.table)
          .sort(),
      ).toEqual(two.map(name => `lab.wide.${name}`))
      expect(accesses[0]!.index).toBe(accesses[1]!.index)
      expect((await ask(`lab.wide.${two[1]}`)).body.accesses[0]!.index).toBe(accesses[0]!.index)
    })

    test('what gave no rows to anybody is no access: why, a refusal, a failure', async () => {
      const before = (await ask('lab.shop')).body.accesses[0]!.index
      await stand.door.as('ana@staff', '/v1/why', { sql: 'SELECT total FROM lab.shop.orders', purpose: 'analytics' })
      await stand.door.sql('ana@staff', 'support', 'SELECT total FROM lab.shop.orders')
      await stand.door.sql('ana@staff', 'analytics', 'SELECT nothing FROM lab.shop.orders')
      expect((await ask('lab.shop')).body.accesses[0]!.index).toBe(before)
    })

    test('newest first, as many as asked for, and whether there are more', async () => {
      const { body } = await ask('lab.shop', { limit: 2 })
      expect({ count: body.accesses.length, truncated: body.truncated }).toEqual({ count: 2, truncated: true })
      expect(body.accesses[0]!.index).toBeGreaterThan(body.accesses[1]!.index)
      expect((await ask('lab.shop', { limit: 10_000 })).body.truncated).toBe(false)
    })

    test('refused to those without audit, and both the question and the refusal are in the log', async () => {
      const asked = await ask('lab.shop.orders.total')
      const refused = await stand.door.as('ana@staff', '/v1/who-saw', { resource: 'lab.shop.orders.total' })
      expect({ status: refused.status, code: refused.body.code }).toEqual({ status: 403, code: 'policy.denied' })
      await stand.door.sql('ana@staff', 'analytics', 'SELECT 1')
      await ask('lab.shop')
      const entries = await entriesIn(stand.auditDir, asked.body.receipt.index, 2)
      expect(entries[0]).toMatchObject({ event: 'who-saw', resource: 'lab.shop.orders.total' })
      expect(entries[1]).toMatchObject({ event: 'denied', code: 'policy.denied' })
    })

    test('names that cannot be one are refused', async () => {
      for (const resource of [
        'lab',
        '',
        'lab.shop.orders.total.x',
        'lab..orders',
        'lab.shop.Orders',
        'lab.shop.*',
        '../../x',
        'x'.repeat(400),
      ]) {
        const { status, body } = await ask(resource)
        expect({ resource, status, code: body.code }).toEqual({ resource, status: 400, code: 'request.malformed' })
      }
    })
  })
}
