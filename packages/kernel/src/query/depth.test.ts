import { beforeAll, describe, expect, it } from 'vitest'
import { columnNames, secure, TestEngine } from '../../test/query/engine.ts'
import { decisions } from '../../test/query/tables.ts'
import { SelvageError } from '../model/index.ts'
import { checkStatement, columnsUsed, findTables, needsBarrier, parametersOf, verifySecured } from './index.ts'

const tables = decisions['rows by one column, masks for all rows']!

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open()
})

const nested = (open: string, middle: string, close: string, times: number): string => open.repeat(times) + middle + close.repeat(times)

describe('a deep or long statement is taken or refused, and never fails otherwise', () => {
  it.each([
    ['sums', (n: number) => `SELECT customer_id${' + 1'.repeat(n)} FROM sales.crm.customer`],
    ['calls', (n: number) => `SELECT ${nested('abs(', 'customer_id', ')', n)} FROM sales.crm.customer`],
    ['cases', (n: number) => `SELECT ${nested('CASE WHEN vip THEN 1 ELSE ', '2', ' END', n)} FROM sales.crm.customer`],
    ['subqueries', (n: number) => `SELECT * FROM ${nested('(SELECT * FROM ', 'sales.crm.customer', ')', n)}`],
    ['scalar subqueries', (n: number) => `SELECT ${nested('(SELECT ', 'max(customer_id) FROM sales.crm.customer', ')', n)}`],
    ['unions', (n: number) => `SELECT customer_id FROM sales.crm.customer${' UNION ALL SELECT 1'.repeat(n)}`],
    ['joins', (n: number) => `SELECT 1 FROM sales.crm.customer${' CROSS JOIN range(1)'.repeat(n)}`],
    ['ands', (n: number) => `SELECT 1 FROM sales.crm.customer WHERE vip${' AND vip'.repeat(n)}`],
    [
      'CTEs',
      (n: number) =>
        `WITH ${Array.from({ length: n }, (_, i) => `c${i} AS (SELECT * FROM ${i === 0 ? 'sales.crm.customer' : `c${i - 1}`})`).join(', ')} SELECT 1`,
    ],
    ['lists', (n: number) => `SELECT ${nested('[', '1', ']', n)}`],
  ])('%s', async (_, make) => {
    for (const times of [10, 100, 300, 700, 2_000]) {
      const text = make(times)
      const json = await engine.parseJson(text)
      if (json.startsWith('{"error":true')) continue
      try {
        const tree = await engine.parse(text)
        findTables(tree)
        checkStatement(tree, text)
        parametersOf(tree)
        needsBarrier(tree)
        columnsUsed(tree, columnNames(tables))
        const { sql, templates } = await secure(engine, text, tables)
        verifySecured(await engine.parse(sql), templates)
      } catch (error) {
        // The engine that prints may refuse what it has read.
        if (!String(error).includes('Max expression depth') && !String(error).includes('Maximum'))
          expect(error).toBeInstanceOf(SelvageError)
        expect(error).not.toBeInstanceOf(RangeError)
      }
    }
  })
})
