import { describe, expect, test } from 'vitest'
import { bare, type Told } from './door.ts'
import type { Stand } from './stand.ts'

/** Hidden and missing: pairs of names of one length, so that not even the length of an answer may differ. */
const tables = [
  ['lab.vault.ledger', 'lab.vault.nothin'],
  ['lab.vault.ledger', 'lab.nosuc.ledger'],
  ['lab.vault.ledger', 'odd.vault.ledger'],
  ['"LAB".vault.ledger', '"LAB".nosuc.ledger'],
] as const
const shop = ['lab.shop.orders', 'lab.shop.ordere'] as const

export function hidden(stand: Stand): void {
  const same = async (ask: (name: string) => Promise<Told>, [left, right]: readonly [string, string], status: number): Promise<Told> => {
    const first = await ask(left)
    const second = await ask(right)
    expect(bare(first)).toEqual(bare(second))
    expect({ left, status: first.status }).toEqual({ left, status })
    return first
  }

  describe('what is hidden and what never existed read alike', () => {
    test.each(tables)('%s and %s', async (...pair) => {
      for (const who of ['ana@staff', 'ana@guest', 'nemo@staff', 'ivo@staff'])
        for (const path of ['/v1/sql', '/v1/why']) {
          const ask = (name: string): Promise<Told> => stand.door.as(who, path, { sql: `SELECT *\n FROM ${name}`, purpose: 'analytics' })
          const { body } = await same(ask, pair, 422)
          expect(body).toMatchObject({ code: 'query.unknown_table', position: { line: 2, column: 7 } })
        }
    })

    test('also inside a statement over what one may see, and where the column is one that only the hidden table has', async () => {
      for (const sql of [
        'SELECT 1 FROM lab.shop.orders o JOIN NAME v ON v.id = o.order_id',
        'SELECT (SELECT max(id) FROM NAME) FROM lab.shop.orders',
        'WITH x AS (SELECT id FROM NAME) SELECT * FROM x',
        'SELECT order_id FROM lab.shop.orders UNION ALL SELECT id FROM NAME',
      ])
        await same(name => stand.door.sql('ana@staff', 'analytics', sql.replace('NAME', name)), tables[0], 422)
    })

    test('for the partner’s analyst and for one without a role the whole shop is missing', async () => {
      for (const who of ['ana@guest', 'nemo@staff', 'ivo@staff']) {
        const told = await same(name => stand.door.sql(who, 'analytics', `SELECT * FROM ${name}`), shop, 422)
        expect(told.text).not.toContain('lab.shop')
      }
    })

    test('who-saw: a product, table or column that one may not audit, and one that is not there', async () => {
      for (const pair of [
        ['lab.vault', 'lab.nosuc'],
        tables[0],
        ['lab.vault.ledger.id', 'lab.vault.ledger.xy'],
        ['lab.shop.orders.wgh', 'lab.shop.orders.wgk'],
      ] as const)
        for (const who of ['ana@staff', 'ana@guest', 'nemo@staff', 'uma@staff'])
          await same(resource => stand.door.as(who, '/v1/who-saw', { resource }), pair, 403)
      await same(resource => stand.door.as('ivo@staff', '/v1/who-saw', { resource }), ['lab.nosuch', 'lab.notone'], 403)
    })

    test('who-can and see-as: a table or column that one may not be told of, and one that is not there', async () => {
      for (const pair of [
        tables[0],
        shop,
        ['lab.vault.ledger.id', 'lab.vault.ledger.xy'],
        ['lab.shop.orders.wgh', 'lab.shop.orders.wgk'],
      ] as const)
        for (const who of ['ana@staff', 'ana@guest', 'nemo@staff', 'uma@staff']) {
          await same(resource => stand.door.as(who, '/v1/who-can', { resource }), pair, 403)
          if (pair[0].split('.').length === 3)
            for (const login of ['uma', 'nobody']) await same(table => stand.door.as(who, '/v1/see-as', { login, table }), pair, 403)
        }
      await same(table => stand.door.as('kim@staff', '/v1/see-as', { login: 'uma', table }), tables[0], 403)
      await same(resource => stand.door.as('ivo@staff', '/v1/who-can', { resource }), ['lab.shop.ordere', 'lab.shop.orderz'], 403)
    })

    test('see-as: a login that is not there, and one that sees nothing', async () => {
      const told = await Promise.all(['nemo', 'nobo'].map(login => stand.door.as('ivo@staff', '/v1/see-as', { login })))
      expect(told.map(({ status, body }) => ({ status, sights: body.sights }))).toEqual(Array(2).fill({ status: 200, sights: [] }))
    })

    test('a column that one may not discover is a column that does not exist', async () => {
      for (const sql of [
        'SELECT NAME FROM lab.shop.orders',
        'SELECT o.NAME FROM lab.shop.orders o',
        'SELECT order_id FROM lab.shop.orders WHERE NAME > 5',
        'SELECT order_id FROM lab.shop.orders ORDER BY NAME',
        'SELECT max(NAME) FROM lab.shop.orders',
        'SELECT * EXCLUDE (NAME) FROM lab.shop.orders',
        'SELECT * REPLACE (1 AS NAME) FROM lab.shop.orders',
        'SELECT a.order_id FROM lab.shop.orders a JOIN lab.shop.orders b USING (NAME)',
        'SELECT order_id FROM lab.shop.orders GROUP BY ALL HAVING NAME > 1',
      ])
        for (const path of ['/v1/sql', '/v1/why'])
          await same(
            name => stand.door.as('ana@staff', path, { sql: sql.replace('NAME', name), purpose: 'analytics' }),
            ['wgh', 'wgk'],
            422,
          )
      const seen = await stand.door.sql('ana@staff', 'analytics', 'SELECT * FROM lab.shop.orders')
      expect(seen.body.columns.map(column => column.name)).toEqual(['order_id', 'customer_email', 'country', 'total', 'bpg'])
      expect((await stand.door.sql('kim@staff', 'support', 'SELECT max(wgh) FROM lab.shop.orders')).body.rows).toEqual([['10']])
    })

    test('nor does one that no rule reveals to anybody like the asker', async () => {
      for (const sql of [
        'SELECT NAME FROM lab.shop.orders',
        'SELECT 1 FROM lab.shop.orders o WHERE o.NAME IS NULL',
        'SELECT * EXCLUDE NAME FROM lab.shop.orders',
      ])
        for (const path of ['/v1/sql', '/v1/why'])
          await same(name => stand.door.as('uma@staff', path, { sql: sql.replace('NAME', name), purpose: 'support' }), ['bpg', 'bpk'], 422)
      const { body } = await stand.door.sql('uma@staff', 'support', 'SELECT * FROM lab.shop.orders')
      expect(body.columns.map(column => column.name)).toEqual(['order_id', 'customer_email', 'country', 'total'])
    })

    test('a misspelling is never corrected to a hidden name', async () => {
      const { text } = await stand.door.sql('ana@staff', 'analytics', 'SELECT wg FROM lab.shop.orders')
      expect(text).not.toContain('wgh')
      const other = await stand.door.sql('ana@staff', 'analytics', 'SELECT * FROM lab.vault.ledge')
      expect(other.text).not.toContain('ledger')
    })

    test('why does not name what is hidden', async () => {
      const { text, status } = await stand.door.as('ana@staff', '/v1/why', { sql: 'SELECT * FROM lab.shop.orders', purpose: 'analytics' })
      expect({ status, named: /wgh|secret-score|vault/.test(text) }).toEqual({ status: 200, named: false })
    })
  })
}
