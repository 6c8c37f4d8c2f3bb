import { beforeAll, describe, expect, it } from 'vitest'
import { columnNames, TestEngine } from '../../test/query/engine.ts'
import { customer, decisions, invoice } from '../../test/query/tables.ts'
import { columnsUsed, findTables, parametersOf } from './index.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open([])
})

const tables = columnNames(decisions.everything!)
const all = (id: typeof customer): string => [...tables.get(id)!].sort().join(' ')

async function used(sql: string): Promise<{ customer: string; invoice: string }> {
  const found = columnsUsed(await engine.parse(sql), tables)
  const text = (id: typeof customer): string => [...(found.get(id) ?? [])].sort().join(' ')
  return { customer: text(customer), invoice: text(invoice) }
}

describe('the columns that a statement may read', () => {
  it.each([
    ['SELECT customer_id, first_name FROM sales.crm.customer', 'customer_id first_name', ''],
    ['SELECT count(*) FROM sales.crm.customer', '', ''],
    ['SELECT count(*) FROM sales.crm.customer WHERE vip ORDER BY max(spent)', 'spent vip', ''],
    [
      'SELECT c.email FROM sales.crm.customer c JOIN sales.orders.invoice i ON c.customer_id = i.customer_id',
      'customer_id email',
      'customer_id',
    ],
    ['SELECT email FROM sales.crm.customer JOIN sales.orders.invoice USING (customer_id)', 'customer_id email', 'customer_id'],
    ['SELECT c.country FROM sales.crm.customer c, sales.orders.invoice i', 'country', ''],
    ['SELECT country FROM sales.crm.customer c, sales.orders.invoice i', 'country', 'country'],
    ['SELECT x.b FROM sales.crm.customer AS x(a, b)', 'first_name', ''],
    ['SELECT sales.crm.customer.email FROM sales.crm.customer', 'email', ''],
    ['SELECT EMAIL FROM sales.crm.customer', 'email', ''],
    ['SELECT email.lower() FROM sales.crm.customer', 'email', ''],
    [
      'SELECT customer_id FROM sales.crm.customer c WHERE EXISTS (SELECT 1 FROM sales.orders.invoice i WHERE i.note = c.email)',
      'customer_id email',
      'note',
    ],
    ['SELECT country FROM sales.crm.customer GROUP BY ALL ORDER BY ALL', 'country', ''],
    ['WITH t AS (SELECT email AS e FROM sales.crm.customer) SELECT e FROM t', 'email', ''],
    ['SELECT rank() OVER (PARTITION BY country ORDER BY spent) FROM sales.crm.customer', 'country spent', ''],
    ['SELECT sum(total) FILTER (WHERE note = $x) FROM sales.orders.invoice', '', 'note total'],
  ])('%s', async (sql, customers, invoices) => {
    expect(await used(sql)).toEqual({ customer: customers, invoice: invoices })
  })

  it.each([
    'SELECT * FROM sales.crm.customer',
    'FROM sales.crm.customer',
    'SELECT c.* FROM sales.crm.customer c',
    'SELECT c FROM sales.crm.customer c',
    'SELECT sales.crm.customer FROM sales.crm.customer',
    "SELECT COLUMNS('.*') FROM sales.crm.customer",
    'SELECT max(COLUMNS(*)) FROM sales.crm.customer',
    'SELECT #2 FROM sales.crm.customer',
    'SELECT 1 FROM sales.crm.customer NATURAL JOIN sales.orders.invoice',
    'SELECT 1 FROM (SELECT * FROM sales.crm.customer)',
    "PIVOT sales.crm.customer ON country IN ('DE') USING count(*)",
    'SELECT x FROM (FROM sales.crm.customer) t(x)',
  ])('all of them: %s', async sql => {
    expect((await used(sql)).customer).toBe(all(customer))
  })

  it('leaves out what a star leaves out', async () => {
    expect((await used('SELECT * EXCLUDE (email, Vip) FROM sales.crm.customer')).customer).not.toMatch(/email|vip/)
  })
})

describe('the tables that a statement names', () => {
  it.each([
    ['SELECT * FROM a.b.c, d', ['a.b.c', 'd']],
    ['WITH t AS (SELECT * FROM x) SELECT * FROM t, T', ['x']],
    ['WITH t AS (SELECT 1) SELECT * FROM (SELECT * FROM t), (WITH u AS (SELECT 2) SELECT * FROM u), u', ['u']],
    ['WITH t AS (SELECT * FROM t) SELECT * FROM t', ['t']],
    ['WITH RECURSIVE t AS (SELECT 1 UNION ALL SELECT * FROM t) SELECT * FROM t', []],
    ['WITH RECURSIVE t AS (SELECT * FROM t UNION ALL SELECT * FROM t) SELECT * FROM t', ['t']],
    ['WITH RECURSIVE k(i) USING KEY (i) AS (SELECT 1 UNION SELECT i FROM recurring.k) SELECT * FROM k', []],
    ['WITH t AS (SELECT 1) SELECT * FROM main.t, a.t, recurring.x', ['main.t', 'a.t', 'recurring.x']],
    ['WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a', ['b']],
    ['SELECT (SELECT max(x) FROM a.b.c) FROM range(3) WHERE y IN (FROM d.e.f)', ['a.b.c', 'd.e.f']],
    ['DESCRIBE a.b.c', ['a.b.c']],
    ['SUMMARIZE a.b.c', ['a.b.c']],
    ['SHOW TABLES', []],
    ['PIVOT a.b.c ON x IN (1) USING sum(y)', ['a.b.c']],
    ['SELECT * FROM \'f.csv\', "g".h', ['f.csv', 'g.h']],
  ])('%s', async (sql, names) => {
    const found = findTables(await engine.parse(sql))
    expect(found.map(({ parts }) => parts.join('.'))).toEqual(names)
  })

  it('says where they stand, in bytes', async () => {
    const sql = "SELECT 'é' FROM x.y.z"
    expect(findTables(await engine.parse(sql))).toEqual([{ parts: ['x', 'y', 'z'], location: 17 }])
  })
})

describe('parameters', () => {
  it.each([
    ['SELECT 1', 0, []],
    ['SELECT ?, ?', 2, []],
    ['SELECT $2, $1, $2', 2, []],
    ['SELECT $a, $b WHERE $a = 1', 0, ['a', 'b']],
  ])('%s', async (sql, positional, named) => {
    expect(parametersOf(await engine.parse(sql))).toEqual({ positional, named })
  })
})
