import { expect, it } from 'vitest'
import type { Outcome } from './ask-twin.ts'
import { findDifference, findHiddenDifference, isLeftOpen } from './same.ts'

const refused = (change: object): Outcome => ({
  code: 'query.data',
  told: JSON.stringify({ code: 'query.data', detail: 'd', help: 'h', ref: 'ref', position: { line: 1, column: 8 }, rules: [], ...change }),
})
const answered = (protection: { readonly kind: string; readonly rule?: string }, rows: readonly string[]): Outcome => ({
  columns: [{ name: 'a', type: 'DOUBLE', protection }],
  rows,
})
const clear = { kind: 'clear' }

it.each([
  ['detail', { detail: 'of DE' }],
  ['help', { help: 'ask for DE' }],
  ['position', { position: { line: 1, column: 9 } }],
  ['rules', { rules: [{ id: 'shop/r1' }] }],
])('another %s of a problem is a difference between two gates, and none to a twin', (_, change) => {
  expect(findHiddenDifference(refused({}), refused(change), false, false)).toBe('what is told of a refusal')
  expect(findHiddenDifference(refused({}), refused({}), false, false)).toBeUndefined()
  expect(findDifference(refused({}), refused(change), false)).toBeUndefined()
})

it('so is what a column went through', () => {
  const [a, b] = [clear, { kind: 'null', rule: 'shop/r1' }].map(protection => answered(protection, ['[1]']))
  expect(findHiddenDifference(a!, b!, false, false)).toBe('what is told of columns')
  expect(findDifference(a!, b!, false)).toBeUndefined()
})

it('strictly, so are the order of rows and the last digit of a float', () => {
  const [a, moved] = [
    ['[1]', '[2]'],
    ['[2]', '[1]'],
  ].map(rows => answered(clear, rows))
  expect(findHiddenDifference(a!, moved!, false, true)).toBe('bytes')
  expect(findHiddenDifference(a!, moved!, false, false)).toBeUndefined()
  const [sum, near] = [['[0.30000000000000004]'], ['[0.3]']].map(rows => answered(clear, rows))
  expect(findHiddenDifference(sum!, near!, true, true)).toBe('bytes')
  expect(findHiddenDifference(sum!, near!, true, false)).toBeUndefined()
})

it('strictly, what is refused on one side only is a difference', () => {
  const unplanned: Outcome = { code: 'query.unsupported', told: 'Where a product is kept strictly, …' }
  expect(findHiddenDifference(unplanned, answered(clear, []), false, true)).toBe('query.unsupported in place of an answer')
  expect(findHiddenDifference(answered(clear, []), unplanned, false, true)).toBe('an answer in place of query.unsupported')
  expect(findHiddenDifference(unplanned, unplanned, false, true)).toBeUndefined()
})

const fails = refused({})
const none = answered(clear, [])
it.each([
  [
    'seen at both',
    [fails, none],
    [
      [none, none],
      [fails, fails],
    ],
    true,
  ],
  [
    'seen at both in turn',
    [none, fails],
    [
      [none, none],
      [fails, none],
    ],
    true,
  ],
  ['never seen at the other', [fails, none], [[none, none]], false],
  ['beside another code', [fails, { code: 'query.type' }], [[fails, fails]], false],
  ['of two answers', [none, answered(clear, ['[1]'])], [[fails, fails]], false],
] as const)('a value that fails now and then, %s', async (_, first, then, expected) => {
  let at = 0
  expect(await isLeftOpen(first, async () => then[Math.min(at++, then.length - 1)]!)).toBe(expected)
  expect(at).toBeLessThanOrEqual(20)
})
