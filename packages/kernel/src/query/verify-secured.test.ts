import { beforeAll, describe, expect, it } from 'vitest'
import { bindingOf, secure, TestEngine } from '../../test/query/engine.ts'
import { customer, decisions } from '../../test/query/tables.ts'
import { SelvageError } from '../model/index.ts'
import { needsBarrier, parseTree, securedSelect, verifySecured } from './index.ts'
import { printTree } from './print-tree.ts'
import { isBaseTable, isRecord, mapParts, recordsIn, type SqlRecord, type SqlTree } from './tree.ts'

const tables = decisions['rows by two columns, cells by conditions']!
const [customers, invoices] = tables
const text = `WITH c AS (SELECT * FROM sales.crm.customer) SELECT c.first_name, (SELECT max(total) FROM sales.orders.invoice) FROM c WHERE customer_id = $1`

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open()
})

const template = (decision: (typeof tables)[number]): string => securedSelect(decision, bindingOf(decision))

async function refused(sql: string, templates: readonly SqlTree[]): Promise<string> {
  const tree = await engine.parse(sql)
  try {
    verifySecured(tree, templates)
  } catch (error) {
    expect(error).toBeInstanceOf(SelvageError)
    expect((error as SelvageError).code).toBe('engine.refused')
    return String((error as SelvageError).options.cause)
  }
  return 'verified'
}

const isSecured = (part: SqlTree): part is SqlRecord => isRecord(part) && part.type === 'SUBQUERY' && part.alias === 'invoice'

function tableInside(part: SqlTree): SqlTree {
  for (const record of recordsIn(part)) if (isBaseTable(record)) return record
  return part
}

describe('what a faulty rewriter would hand over is refused', () => {
  it('verifies what the rewriter makes', async () => {
    const { sql, templates } = await secure(engine, text, tables)
    expect(await refused(sql, templates)).toBe('verified')
  })

  it('a table that was forgotten', async () => {
    const { tree, templates } = await secure(engine, text, tables)
    const bare = (part: SqlTree): SqlTree => (isSecured(part) ? tableInside(part) : mapParts(part, bare))
    const forgotten = await engine.print(bare(tree))
    expect(forgotten).toContain('p_orders.main.invoice')
    expect(await refused(forgotten, templates)).toContain('a table outside of its secured relation')
  })

  it.each(['p_crm.main.customer', 'sales.crm.customer', 'customer', 'main.customer', 'selvage_aaaaaaaaaaaaaaaa', 'recurring.customer'])(
    'a table of the name %s',
    async table => {
      const { templates } = await secure(engine, text, tables)
      expect(await refused(`SELECT 1 FROM ${table}`, templates)).toContain('a table outside')
    },
  )

  it('a CTE that kept its name', async () => {
    const { sql, templates } = await secure(engine, text, tables)
    const [fresh = ''] = /selvage_[a-z0-9]{16}/.exec(sql) ?? []
    expect(await refused(sql.replaceAll(fresh, 'customer'), templates)).toContain('kept its name')
  })

  it('two CTEs of one name', async () => {
    const name = 'selvage_aaaaaaaaaaaaaaaa'
    expect(await refused(`WITH ${name} AS (SELECT 1) SELECT * FROM (WITH ${name} AS (SELECT 2) FROM ${name})`, [])).toContain('of one name')
  })

  it('a template with another literal', async () => {
    const { sql, templates } = await secure(engine, text, tables)
    const changed = sql.replace("'DE'", "'US'")
    expect(changed).not.toBe(sql)
    expect(await refused(changed, templates)).toContain('a table outside')
  })

  it.each([
    ['without its filter', (sql: string) => sql.replace(/ WHERE .*$/, '')],
    ['with another column', (sql: string) => sql.replace('"country" AS "country"', '"secret" AS "country"')],
    ['with a limit', (sql: string) => `${sql} LIMIT 5`],
    ['with a sample', (sql: string) => sql.replace(' WHERE', ' TABLESAMPLE 50% WHERE')],
    ['with an order', (sql: string) => sql.replace(' OFFSET 0', ' ORDER BY 1 OFFSET 0')],
  ])('a template %s', async (_, change) => {
    const trees = await Promise.all(tables.map(decision => engine.parse(template(decision))))
    const changed = change(template(customers!))
    expect(changed).not.toBe(template(customers!))
    expect(await refused(`SELECT * FROM (${changed}) AS customer`, trees)).toContain('a table outside')
    expect(await refused(`SELECT * FROM (${template(customers!)}) AS customer`, trees)).toBe('verified')
  })

  it.each([
    ['a parameter', `SELECT "email" FROM "p_crm".main."customer" WHERE "email" = $1`, 'with a parameter'],
    ['a subquery', `SELECT (SELECT 1) FROM "p_crm".main."customer"`, 'second table'],
    ['a second table', `SELECT 1 FROM "p_crm".main."customer", p_orders.main.invoice`, 'not of one table'],
    ['a table that is not fully named', `SELECT 1 FROM customer`, 'not fully named'],
    ['a CTE', `WITH x AS (SELECT 1) SELECT 1 FROM "p_crm".main."customer"`, 'a CTE'],
    ['a function off the list', `SELECT stats("email") FROM "p_crm".main."customer"`, 'not taken'],
    ['no table', 'SELECT 1', 'not of one table'],
  ])('a template that holds %s', async (_, sql, why) => {
    expect(await refused('SELECT 1', [await engine.parse(sql)])).toContain(why)
  })

  it('a parameter where the template has a value', async () => {
    const trees = await Promise.all(tables.map(decision => engine.parse(template(decision))))
    expect(await refused(`SELECT * FROM (${template(customers!).replace("'DE'", '$1')}) AS customer`, trees)).toContain('a table outside')
  })

  it.each([
    'SELECT stats(1)',
    "SELECT * FROM query('x')",
    "SELECT 'a'.lower()",
    'SELECT x.lower() FROM (SELECT 1 AS x)',
    'FROM (SHOW TABLES)',
    'SELECT DEFAULT',
    'SELECT 1; SELECT 2',
  ])('what is not on the lists: %s', async sql => {
    expect(await refused(sql, []).catch(() => 'no tree')).not.toBe('verified')
  })

  it('a tree with a key, class, type or word that is not known', async () => {
    const json = await engine.parseJson('SELECT a FROM (SELECT 1 AS a) ORDER BY a')
    for (const [from, to] of [
      ['"alias":', '"extra":1,"alias":'],
      ['"COLUMN_REF","type":"COLUMN_REF"', '"BOUND_REF","type":"COLUMN_REF"'],
      ['"type":"COLUMN_REF"', '"type":"BOUND_REF"'],
      ['"type":"SELECT_NODE"', '"type":"INSERT_NODE"'],
      ['"type":"EMPTY"', '"type":"COLUMN_DATA"'],
      ['"ORDER_DEFAULT"', '"SIDEWAYS"'],
      ['"error":false', '"error":true'],
      ['"error":false', '"error":false,"more":[]'],
    ] as const) {
      const changed = json.replace(from, to)
      expect(changed).not.toBe(json)
      expect(() => verifySecured(parseTree(changed), [])).toThrow(SelvageError)
    }
    expect(() => verifySecured(parseTree(json), [])).not.toThrow()
  })

  it('reads every template back as it was written', async () => {
    for (const decision of Object.values(decisions).flat())
      for (const barrier of [true, false]) {
        const tree = await engine.parse(securedSelect(decision, bindingOf(decision), barrier))
        const plain = (value: SqlTree): string => printTree(value).replaceAll(/"query_location":\d+/g, '')
        expect(plain(await engine.parse(await engine.print(tree)))).toBe(plain(tree))
      }
    expect(customer).toBe(customers!.table)
    expect(invoices).toBeDefined()
    expect(needsBarrier(await engine.parse(text))).toBe(false)
  })
})
