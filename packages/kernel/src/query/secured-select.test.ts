import { beforeAll, describe, expect, it } from 'vitest'
import { bindingOf, TestEngine } from '../../test/query/engine.ts'
import { customer, decisions, equals, invoice } from '../../test/query/tables.ts'
import type { Name } from '../model/index.ts'
import type { ConditionalMask, TableDecision } from '../policy/index.ts'
import { columnProtection, securedSelect } from './index.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open()
})

const run = async (decision: TableDecision): Promise<readonly string[]> =>
  (await engine.run(securedSelect(decision, bindingOf(decision)))).rows

describe('a secured relation, by hand', () => {
  it('rows by one column; token, year and NULL', async () => {
    expect(await run(decisions['rows by one column, masks for all rows']![0]!)).toEqual([
      '["1","Anna","tok_a","DE","3","1980-01-01","12.50",null]',
      '["2","Bob","tok_b","FR","3","1990-01-01","3.25",null]',
      '["3","Cléo","tok_c","DE","1","2000-01-01",null,null]',
    ])
  })

  it('rows by two columns; cells by conditions; masks that join', async () => {
    expect(await run(decisions['rows by two columns, cells by conditions']![0]!)).toEqual([
      '["1","A***","a***@a.example","DE","3","1980-02-03","12.50",true]',
      '["2","Bob","b***@b.example","FR","3","1990-05-06","3.25",false]',
      '["3","Cléo","c***@c.example","DE","1","2000-12-31",null,null]',
      '["4",null,null,"US","1",null,null,true]',
      '["5",null,"e***@e.example",null,null,"1975-01-01",null,false]',
      '["6","tok_fz","z***@z.example","US","3","1999-09-09","41.00",false]',
    ])
    expect(await run(decisions['rows by two columns, cells by conditions']![1]!)).toEqual([
      '["10","1","2021-01-01 10:00:00","5.50","DE","first"]',
      '["11","1","2021-02-01 11:00:00","3.50","DE",null]',
      '["12","2","1995-02-01 00:00:00","0.00","FR","x"]',
      '["15",null,"2022-07-01 00:00:00","0.00","FR",null]',
    ])
  })

  it('keeps every type, whatever the mask', async () => {
    const everything = decisions.everything!
    for (const decision of everything)
      for (const transform of ['null', 'token', 'partial', 'generalize'] as const) {
        const masked = {
          ...decision,
          columns: decision.columns.map(column => ({ ...column, masks: [{ transform, when: true, because: [] } as ConditionalMask] })),
        }
        const clear = await engine.run(securedSelect(decision, bindingOf(decision)))
        const hidden = await engine.run(securedSelect(masked, bindingOf(masked)))
        expect(hidden.types).toEqual(clear.types)
        expect(hidden.names).toEqual(clear.names)
      }
  })

  it('gives no rows, or all, where that is decided', async () => {
    expect(await run({ ...decisions.everything![0]!, rows: { kind: 'none', because: [] } })).toEqual([])
    expect(await run(decisions.everything![0]!)).toHaveLength(6)
    expect(securedSelect(decisions.everything![0]!, bindingOf(decisions.everything![0]!))).not.toContain('WHERE')
  })

  it('has the columns that may be discovered and no other', async () => {
    const decision = decisions.everything![0]!
    const { names } = await engine.run(securedSelect({ ...decision, columns: decision.columns.slice(1, 3) }, bindingOf(decision)))
    expect(names).toEqual(['first_name', 'email'])
  })

  it('refuses a column that the engine does not have, and another table', () => {
    const decision = decisions.everything![0]!
    const ghost = { ...decision.columns[0]!, name: 'ghost' as Name }
    expect(() => securedSelect({ ...decision, columns: [ghost] }, bindingOf(decision))).toThrow()
    expect(() =>
      securedSelect({ ...decision, rows: { kind: 'where', expr: equals('ghost', 1n), because: [] } }, bindingOf(decision)),
    ).toThrow()
    expect(() => securedSelect({ ...decision, table: invoice }, bindingOf(decision))).toThrow()
  })
})

describe('what a result says of its columns', () => {
  const [customers] = decisions['rows by two columns, cells by conditions']!
  const protection = (name: string, decision = customers!) =>
    columnProtection(decision.columns.find(column => column.name === name)!, bindingOf(decision))

  it('names the kind and the rule', () => {
    expect(protection('country')).toEqual({ kind: 'clear' })
    expect(protection('email')).toEqual({ kind: 'partial', rule: 'test/rule', reason: 'a test' })
    expect(protection('spent')).toMatchObject({ kind: 'conditional', rule: 'test/rule' })
    expect(protection('first_name')).toMatchObject({ kind: 'conditional' })
    const [masked, orders] = decisions['rows by one column, masks for all rows']!
    expect(protection('email', masked)).toMatchObject({ kind: 'token' })
    expect(protection('vip', masked)).toMatchObject({ kind: 'null' })
    expect(protection('birth', masked)).toMatchObject({ kind: 'generalize' })
    expect(protection('note', orders)).toEqual({ kind: 'null', rule: 'test/rule', reason: 'a test' })
  })

  it('tells a mask that cannot be made as NULL', () => {
    const token = { ...customers!.columns[0]!, masks: [{ transform: 'token', when: true, because: [{ id: 'a' }] }] as const }
    expect(columnProtection(token, bindingOf(customers!))).toEqual({ kind: 'null', rule: 'a' })
    expect(customers!.table).toBe(customer)
  })
})
