import { describe, expect, test } from 'vitest'
import { entriesIn } from './entries.ts'
import type { Stand } from './stand.ts'

/** Everybody of the lab's directory, and what the rules give them. */
export function oversight(stand: Stand): void {
  const whoCan = (who: string, resource: string, more: object = {}): ReturnType<typeof stand.door.as> =>
    stand.door.as(who, '/v1/who-can', { resource, ...more })
  const seeAs = (who: string, login: string, more: object = {}): ReturnType<typeof stand.door.as> =>
    stand.door.as(who, '/v1/see-as', { login, ...more })

  describe('who can', () => {
    test('everybody of the directory, for each purpose: rows, columns, masks and rules', async () => {
      const { status, body } = await whoCan('kim@staff', 'lab.shop.orders')
      expect({ status, directory: body.directory }).toEqual({
        status: 200,
        directory: { logins: 6, elsewhere: 0, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
      })
      expect(body.sights.map(({ login, purpose, rows }) => ({ login, purpose, ...rows }))).toEqual([
        { login: 'ana@staff', purpose: 'analytics', visible: 'all', rules: ['lab/analysts'] },
        { login: 'uma@staff', purpose: 'support', visible: 'some', condition: "country = 'UK'", rules: ['lab/own-country'] },
        { login: 'kim@staff', purpose: 'support', visible: 'all', rules: ['lab/keepers'] },
      ])
      const [ana, uma, kim] = body.sights.map(({ columns }) => Object.fromEntries(columns.map(one => [one.name, one.protection])))
      expect(ana).toEqual({ order_id: 'clear', customer_email: 'token', country: 'clear', total: 'clear', bpg: 'clear' })
      expect(uma).toEqual({ order_id: 'clear', customer_email: 'clear', country: 'clear', total: 'clear' })
      expect(Object.keys(kim!)).toContain('wgh')
      expect(body.sights[0]!.columns[1]!.rules).toEqual(['central/pii', 'lab/analysts'])
    })

    test('of a column: those to whom it shows something', async () => {
      const logins = async (column: string, more = {}): Promise<readonly string[]> =>
        (await whoCan('kim@staff', `lab.shop.orders.${column}`, more)).body.sights.map(({ login }) => login)
      expect(await logins('country')).toEqual(['ana@staff', 'uma@staff', 'kim@staff'])
      expect(await logins('bpg')).toEqual(['ana@staff', 'kim@staff'])
      expect(await logins('wgh')).toEqual(['kim@staff'])
      expect(await logins('country', { purpose: 'support' })).toEqual(['uma@staff', 'kim@staff'])
      expect((await whoCan('kim@staff', 'lab.shop.orders', { purpose: 'curiosity' })).body.code).toBe('purpose.unknown')
    })

    test('it is what each then gets', async () => {
      const { body } = await whoCan('kim@staff', 'lab.shop.orders')
      for (const { login, purpose, columns } of body.sights) {
        const seen = await stand.door.sql(login, purpose, 'SELECT * FROM lab.shop.orders')
        expect(seen.body.columns.map(({ name, protection }) => [name, protection.kind])).toEqual(
          columns.map(({ name, protection }) => [name, protection]),
        )
      }
      expect(
        (await stand.door.sql('uma@staff', 'support', "SELECT count(*) FROM lab.shop.orders WHERE country <> 'UK'")).body.rows,
      ).toEqual([['0']])
      expect((await stand.door.sql('nemo@staff', 'support', 'SELECT * FROM lab.shop.orders')).status).toBe(422)
    })

    test('conditions of rules are told to whoever may administer, and to no auditor', async () => {
      const { body, text } = await whoCan('ivo@staff', 'lab.shop.orders')
      expect(body.sights[1]!.rows).toEqual({ visible: 'some', rules: ['lab/own-country'] })
      expect(text).not.toContain('UK')
    })

    test('refused to those without audit or administer; both the question and the refusal are in the log', async () => {
      const asked = await whoCan('ivo@staff', 'lab.shop.orders.total', { purpose: 'analytics' })
      for (const who of ['ana@staff', 'uma@staff', 'nemo@staff', 'ana@guest']) {
        const { status, body } = await whoCan(who, 'lab.shop.orders')
        expect({ who, status, code: body.code }).toEqual({ who, status: 403, code: 'policy.denied' })
      }
      const [entry, ...denied] = await entriesIn(stand.auditDir, asked.body.receipt.index, 5)
      expect(entry).toMatchObject({
        event: 'who-can',
        resource: 'lab.shop.orders.total',
        purpose: 'analytics',
        directory: asked.body.directory.digest,
      })
      expect(denied.map(({ event }) => event)).toEqual(Array(4).fill('denied'))
    })

    test('names that cannot be one are refused', async () => {
      for (const resource of ['lab.shop', '', 'lab.shop.orders.total.x', 'lab..orders', 'lab.shop.*', 'x'.repeat(400)])
        expect((await whoCan('ivo@staff', resource)).body.code).toBe('request.malformed')
      for (const login of ['', 'a b', '../x', 'x'.repeat(300), '@staff'])
        expect((await seeAs('ivo@staff', login)).body.code).toBe('request.malformed')
    })
  })

  describe('see as', () => {
    test('what one may see of the tables that the asker oversees, and never data', async () => {
      const { body, text } = await seeAs('kim@staff', 'uma')
      expect(body.sights).toMatchObject([
        { login: 'uma@staff', table: 'lab.shop.orders', purpose: 'support', rows: { visible: 'some', condition: "country = 'UK'" } },
      ])
      expect(text).not.toMatch(/SENTINEL|ada@/)
      const all = await seeAs('ivo@staff', 'ana@staff')
      expect(new Set(all.body.sights.map(({ table }) => table)).has('lab.wide.a_table_with_quite_a_long_name_number_30')).toBe(true)
      const [one] = (await whoCan('ivo@staff', 'lab.shop.orders')).body.sights
      expect((await seeAs('ivo@staff', 'ana', { table: 'lab.shop.orders' })).body.sights).toEqual([one])
    })

    test('through an agent: what the agent then gets for them, and nothing through what is none', async () => {
      const table = 'lab.shop.orders'
      const [sight, ...more] = (await seeAs('kim@staff', 'ana', { table, agents: ['bot'] })).body.sights
      expect({ sight, more }).toMatchObject({ sight: { login: 'ana@staff', agents: ['bot@staff'], purpose: 'analytics' }, more: [] })
      const seen = await stand.door.sql('bot for ana@staff', 'analytics', `SELECT * FROM ${table}`)
      expect(seen.body.columns.map(({ name, protection }) => [name, protection.kind])).toEqual(
        sight!.columns.map(({ name, protection }) => [name, protection]),
      )
      // Alone she sees rows, and the agent has no permit for her purpose.
      expect((await seeAs('kim@staff', 'uma', { table })).body.sights).toHaveLength(1)
      for (const agents of [['bot'], ['ana'], ['nobody'], ['bot', 'uma'], ['bot@guest']])
        expect((await seeAs('kim@staff', 'uma', { table, agents })).body.sights).toEqual([])
      for (const agents of [[], ['a b'], ['bot', 'bot', 'bot', 'bot', 'bot'], 'bot'])
        expect((await seeAs('kim@staff', 'uma', { table, agents })).body.code).toBe('request.malformed')
    })

    test('an entry names who asked; about whom, and through whom, stands in its details, encrypted', async () => {
      const { body } = await seeAs('ivo@staff', 'uma', { table: 'lab.shop.orders', agents: ['bot'] })
      const [entry] = await entriesIn(stand.auditDir, body.receipt.index, 1)
      expect(entry).toMatchObject({ event: 'see-as', resource: 'lab.shop.orders', detail: expect.stringMatching(/^[0-9a-f]{64}$/) })
      expect(JSON.stringify(entry)).not.toMatch(/uma|bot/)
    })

    test('refused to those who oversee nothing', async () => {
      for (const who of ['ana@staff', 'uma@staff', 'nemo@staff', 'ana@guest'])
        expect((await seeAs(who, who.split('@')[0]!)).status).toBe(403)
    })
  })
}
