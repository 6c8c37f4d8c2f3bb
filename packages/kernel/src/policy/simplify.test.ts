import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchesPattern } from '../cedar/index.ts'
import type { Name } from '../model/index.ts'
import { SelvageError } from '../model/index.ts'
import { evaluate, type Row } from './evaluate.ts'
import type { Expr, Literal, Operand } from './expr.ts'
import { presentWhere, presentWhereNot } from './expr-facts.ts'
import { and, equality, exprKey, exprSize, maxExprSize, not, or, simplify } from './simplify.ts'

const text = fc.constantFrom<Name>('s' as Name, 't' as Name)
const long = fc.constantFrom<Name>('n' as Name, 'm' as Name)
const column = (name: Name): Operand => ({ kind: 'column', column: name })
const literal = (value: Literal): Operand => ({ kind: 'literal', value })
const textOperand = fc.oneof(text.map(column), fc.constantFrom('', 'a', 'ab').map(literal))
const longOperand = fc.oneof(long.map(column), fc.constantFrom(0n, 1n, 2n).map(literal))

const { expr: anyExpr } = fc.letrec<{ expr: Expr }>(tie => ({
  expr: fc.oneof(
    { maxDepth: 4 },
    fc.boolean().map((value): Expr => ({ kind: 'const', value })),
    fc.oneof(text, long).map((name): Expr => ({ kind: 'has', column: name })),
    fc.constant<Expr>({ kind: 'flag', column: 'b' as Name }),
    fc.tuple(textOperand, textOperand).map(([left, right]): Expr => ({ kind: 'compare', op: '==', left, right })),
    fc
      .tuple(fc.constantFrom('==', '<', '<=' as const), longOperand, longOperand)
      .map(([op, left, right]) => ({ kind: 'compare', op, left, right }) as Expr),
    fc.tuple(text, fc.subarray(['', 'a', 'ab'])).map(([name, values]): Expr => ({ kind: 'among', operand: column(name), values })),
    fc.oneof(textOperand, longOperand).map((operand): Expr => ({ kind: 'member', set: 'set' as Name, operand })),
    fc.subarray(['', 'a', 'ab']).map((values): Expr => ({ kind: 'exactly', set: 'set' as Name, values })),
    text.map((name): Expr => ({ kind: 'like', operand: column(name), pattern: [{ text: 'a' }, '*'] })),
    tie('expr').map((of): Expr => ({ kind: 'not', of })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), fc.array(tie('expr'), { maxLength: 4 }))
      .map(([kind, of]): Expr => ({ kind, of })),
    fc.tuple(tie('expr'), tie('expr'), tie('expr')).map(([test, yes, no]): Expr => ({ kind: 'if', test, yes, no })),
  ),
}))

const anyRow: fc.Arbitrary<Row> = fc.record({
  s: fc.constantFrom(null, '', 'a', 'ab'),
  t: fc.constantFrom(null, '', 'a', 'ab'),
  n: fc.constantFrom(null, 0n, 1n, 2n),
  m: fc.constantFrom(null, 0n, 1n, 2n),
  b: fc.constantFrom(null, true, false),
  set: fc.subarray(['', 'a', 'ab']),
})

describe('simplify', () => {
  it('means the same in every row', () => {
    fc.assert(
      fc.property(anyExpr, fc.array(anyRow, { minLength: 5 }), (expr, rows) => {
        const simple = simplify(expr)
        for (const row of rows) expect(evaluate(simple, row)).toBe(evaluate(expr, row))
        expect(exprKey(simplify(simple))).toBe(exprKey(simple))
      }),
      { numRuns: 3000 },
    )
  })

  it('a column said to be there is there', () => {
    fc.assert(
      fc.property(anyExpr, anyRow, (expr, row) => {
        const present = evaluate(expr, row) ? presentWhere(expr) : presentWhereNot(expr)
        for (const name of present) expect(row[name] ?? null).not.toBeNull()
      }),
      { numRuns: 3000 },
    )
  })

  const has = (name: string): Expr => ({ kind: 'has', column: name as Name })
  const is = (name: string, ...values: Literal[]): Expr => equality(name as Name, values)

  it('sees contradictions, and what follows from what', () => {
    expect(and([has('s'), not(has('s'))])).toEqual({ kind: 'const', value: false })
    expect(and([is('s', 'a'), not(has('s'))])).toEqual({ kind: 'const', value: false })
    expect(and([is('s', 'a'), is('s', 'b', 'c')])).toEqual({ kind: 'const', value: false })
    expect(and([has('s'), is('s', 'a')])).toEqual(is('s', 'a'))
    expect(or([is('s', 'a'), has('t'), is('s', 'b', 'a')])).toEqual({ kind: 'or', of: [is('s', 'a', 'b'), has('t')] })
    expect(or([has('s'), is('s', 'a')])).toEqual(has('s'))
    expect(not(or([has('s'), has('t')]))).toEqual({ kind: 'and', of: [not(has('s')), not(has('t'))] })
  })

  it('is bounded', () => {
    const values = Array.from({ length: maxExprSize }, (_, at) => BigInt(at))
    expect(() => is('n', ...values)).toThrow(SelvageError)
    expect(exprSize(is('n', ...values.slice(1)))).toBe(maxExprSize)
  })
})

describe('matchesPattern', () => {
  const regex = (pattern: readonly ('*' | { text: string })[]): RegExp =>
    new RegExp(`^${pattern.map(part => (part === '*' ? '[\\s\\S]*' : part.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))).join('')}$`, 'u')

  it('is what a regular expression says', () => {
    const part = fc.oneof(
      fc.constant('*' as const),
      fc.stringMatching(/^[ab*%_.]{0,3}$/).map(own => ({ text: own })),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.stringMatching(/^[ab*%_.]{0,8}$/), (pattern, value) => {
        expect(matchesPattern(value, pattern)).toBe(regex(pattern).test(value))
      }),
      { numRuns: 5000 },
    )
  })

  it('many stars cost little', () => {
    const pattern = Array.from({ length: 2000 }, (_, at) => (at % 2 === 0 ? ('*' as const) : { text: 'a' }))
    expect(matchesPattern(`${'a'.repeat(20_000)}b`, [...pattern, { text: 'c' }])).toBe(false)
  })
})
