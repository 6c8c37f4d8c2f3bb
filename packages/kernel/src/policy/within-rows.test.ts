import { expect, test } from 'vitest'
import type { Name, TableId } from '../model/index.ts'
import { type Expr, type RowCondition, withinRows } from './index.ts'

const has = (column: string): Expr => ({ kind: 'has', column: column as Name })
const where = (expr: Expr): RowCondition => ({ kind: 'where', expr, because: [{ id: 'sales/own' }] })
const decided = (rows: RowCondition, reveal: RowCondition, when: Expr): ReturnType<typeof withinRows>['columns'][number] =>
  withinRows({
    table: 'sales.crm.customer' as TableId,
    rows,
    columns: [{ name: 'email' as Name, reveal, masks: [{ transform: 'token', when, because: [] }] }],
  }).columns[0]!

test('what every visible row fulfils is no condition of a cell any more', () => {
  const rows = where({ kind: 'and', of: [has('a'), has('b')] })
  const { reveal, masks } = decided(rows, where(has('b')), has('a'))
  expect(reveal).toEqual({ kind: 'all', because: [{ id: 'sales/own' }] })
  expect(masks[0]?.when).toBe(true)
})

test('what only some visible rows fulfil stays a condition', () => {
  const { reveal, masks } = decided(where(has('a')), where({ kind: 'and', of: [has('a'), has('c')] }), {
    kind: 'or',
    of: [has('a'), has('c')],
  })
  expect(reveal.kind).toBe('where')
  expect(masks[0]?.when).not.toBe(true)
})

test('a denied cell stays denied', () => {
  expect(decided(where(has('a')), { kind: 'none', because: [] }, has('c')).reveal.kind).toBe('none')
})
