import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { TestEngine } from '../../test/query/engine.ts'
import type { Name } from '../model/index.ts'
import { type Expr, evaluate, type Literal, type Operand } from '../policy/index.ts'
import { fitCondition } from './fit-condition.ts'
import { printCondition } from './index.ts'
import { printFilter } from './print-condition.ts'
import { printLiteral } from './sql-literal.ts'

const cells = { t1: 'VARCHAR', t2: 'VARCHAR', n1: 'BIGINT', n2: 'TINYINT', b1: 'BOOLEAN', b2: 'BOOLEAN' } as const
/** What they hold. */
const sets = { ts: 'VARCHAR', ns: 'BIGINT' } as const
const types = { ...cells, ...sets }
type Column = keyof typeof types
const column = (name: Column): Name => name as string as Name

const texts = [
  '',
  'a',
  'A',
  "it's",
  'a%b',
  'a_b',
  '!',
  '\\',
  '\u00e9',
  'e\u0301',
  '😀',
  'a\nb',
  '"',
  '%',
  'ab',
  'a*b',
  '--',
  '$1',
  "'; DROP TABLE t; --",
  '\u2028',
]
const integers = [0n, 1n, -1n, 127n, -128n, 300n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]
const text = fc.oneof(
  fc.constantFrom(...texts),
  fc.string({ unit: 'binary' }).filter(value => !value.includes('\0')),
)
const integer = fc.oneof(fc.constantFrom(...integers), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))
const literal: fc.Arbitrary<Literal> = fc.oneof(text, integer, fc.boolean())

const columnOf = (...names: Column[]): fc.Arbitrary<Operand> =>
  fc.constantFrom(...names).map(name => ({ kind: 'column', column: column(name) }))
const literalOperand = literal.map((value): Operand => ({ kind: 'literal', value }))
const operand = fc.oneof(columnOf('t1', 't2', 'n1', 'n2', 'b1', 'b2'), literalOperand)
const pattern = fc.array(
  fc.oneof(
    fc.constant('*' as const),
    text.map(value => ({ text: value })),
  ),
  { maxLength: 5 },
)

const someTexts = fc.uniqueArray(fc.constantFrom(...texts.slice(0, 4)), { maxLength: 3 })
const someIntegers = fc.uniqueArray(fc.constantFrom(...integers), { maxLength: 3 })

const conditions = fc.letrec<{ expr: Expr }>(tie => ({
  expr: fc.oneof(
    { maxDepth: 3 },
    fc.boolean().map((value): Expr => ({ kind: 'const', value })),
    fc.constantFrom<Column>('t1', 'n1', 'b1').map((name): Expr => ({ kind: 'has', column: column(name) })),
    fc.constantFrom<Column>('b1', 'b2', 't1').map((name): Expr => ({ kind: 'flag', column: column(name) })),
    fc.record({
      kind: fc.constant('compare' as const),
      op: fc.constantFrom('==' as const, '<' as const, '<=' as const),
      left: operand,
      right: operand,
    }),
    fc.record({ kind: fc.constant('among' as const), operand, values: fc.array(literal, { maxLength: 4 }) }),
    fc.record({ kind: fc.constant('like' as const), operand, pattern }),
    fc.record({ kind: fc.constant('member' as const), set: fc.constantFrom<Column>('ts', 'ns').map(column), operand }),
    fc.record({
      kind: fc.constant('exactly' as const),
      set: fc.constant(column('ts')),
      values: fc.oneof(someTexts, fc.array(literal, { maxLength: 2 })),
    }),
    fc.record({ kind: fc.constant('exactly' as const), set: fc.constant(column('ns')), values: someIntegers }),
    tie('expr').map((of): Expr => ({ kind: 'not', of })),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('expr'), { maxLength: 3 }) }),
    fc.record({ kind: fc.constant('if' as const), test: tie('expr'), yes: tie('expr'), no: tie('expr') }),
  ),
})).expr

const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null })
const row = fc.record({
  t1: orNull(text),
  t2: orNull(text),
  n1: orNull(integer),
  n2: orNull(fc.bigInt({ min: -128n, max: 127n })),
  b1: orNull(fc.boolean()),
  b2: orNull(fc.boolean()),
  ts: someTexts,
  ns: someIntegers,
})

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open([])
})

const quoted = (name: Name): string => `"${name}"`
const cell = (value: Literal | null, type: string): string => `CAST(${value === null ? 'NULL' : printLiteral(value)} AS ${type})`
const relation = (values: Record<keyof typeof cells, Literal | null> & Record<keyof typeof sets, readonly Literal[]>): string => {
  const plain = Object.entries(cells).map(([name, type]) => `${cell(values[name as keyof typeof cells], type)} AS "${name}"`)
  const lists = Object.entries(sets).map(
    ([name, type]) => `CAST([${values[name as keyof typeof sets].map(printLiteral).join(', ')}] AS ${type}[]) AS "${name}"`,
  )
  return `(SELECT ${[...plain, ...lists].join(', ')})`
}

describe('a condition means in the engine what it means to us', () => {
  it('for every row, NULL included', async () => {
    await fc.assert(
      fc.asyncProperty(conditions, row, async (expr, values) => {
        const fitted = fitCondition(expr, name => types[name as string as Column])
        const expected = evaluate(fitted, values)
        // A comparison of unlike things is FALSE to both.
        expect(expected).toBe(evaluate(expr, values))
        const from = relation(values)
        const exact = await engine.connection.runAndReadAll(`SELECT ${printCondition(fitted, quoted)} AS x FROM ${from}`)
        expect(exact.getRows()).toEqual([[expected]])
        const filtered = await engine.connection.runAndReadAll(`SELECT 1 FROM ${from} WHERE ${printFilter(fitted, quoted)}`)
        expect(filtered.getRows()).toHaveLength(expected ? 1 : 0)
      }),
      { numRuns: 400 },
    )
  })

  it('also when the engine has printed it once', async () => {
    await fc.assert(
      fc.asyncProperty(conditions, row, async (expr, values) => {
        const fitted = fitCondition(expr, name => types[name as string as Column])
        const sql = await engine.print(await engine.parse(`SELECT ${printCondition(fitted, quoted)} AS x FROM ${relation(values)}`))
        expect((await engine.connection.runAndReadAll(sql)).getRows()).toEqual([[evaluate(fitted, values)]])
      }),
      { numRuns: 200 },
    )
  })

  it('prints literals exactly', async () => {
    await fc.assert(
      fc.asyncProperty(literal, async value => {
        const reader = await engine.connection.runAndReadAll(`SELECT ${printLiteral(value)}`)
        const [[got]] = reader.getRows() as [[unknown]]
        expect(typeof got === 'number' ? BigInt(got) : got).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it.each(['\0', 'a\0b', '\ud800', 'a\udc00'])('refuses the text %j', value => {
    expect(() => printLiteral(value)).toThrow('half a character')
  })

  it.each([2n ** 63n, -(2n ** 63n) - 1n])('refuses the integer %d', value => {
    expect(() => printLiteral(value)).toThrow('64 bits')
  })
})
