import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SelvageError } from '../model/index.ts'
import { parseTree, positionAt, printTree } from './index.ts'
import { makeRecord, SourceNumber, type SqlTree } from './tree.ts'

const number = fc.oneof(
  fc.bigInt().map(String),
  fc.constantFrom('18446744073709551615', '10.0', '1e-7', '-0.0', '1.7976931348623157e308', '-9223372036854775808', '0'),
)
const name = fc.string({ unit: 'binary' }).filter(text => !/^\d+$/.test(text) && !text.includes('\0'))
const trees = fc.letrec<{ tree: SqlTree }>(tie => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    name,
    number.map(source => new SourceNumber(source)),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.uniqueArray(fc.tuple(name, tie('tree')), { selector: ([key]) => key, maxLength: 4 }).map(entries => {
      const record: Record<string, SqlTree> = Object.create(null)
      for (const [key, value] of entries) record[key] = value
      return makeRecord(record)
    }),
  ),
})).tree

describe('the reader and the printer of trees', () => {
  it('lose nothing', () => {
    fc.assert(
      fc.property(trees, tree => {
        const json = printTree(tree)
        expect(parseTree(json)).toEqual(tree)
        expect(printTree(parseTree(json))).toBe(json)
      }),
    )
  })

  it('keep numbers, order and odd keys', () => {
    const json = '{"b":18446744073709551615,"a":10.0,"__proto__":{"x":1e-7},"c":[-0.0,"\\u00e9\\ud83d\\ude00"]}'
    expect(printTree(parseTree(json))).toBe('{"b":18446744073709551615,"a":10.0,"__proto__":{"x":1e-7},"c":[-0.0,"é😀"]}')
    expect(Object.getPrototypeOf(parseTree(json))).toBe(null)
  })

  it.each([
    ['Infinity', '{"value":Infinity}'],
    ['-Infinity', '[-Infinity]'],
    ['NaN', '[NaN]'],
    ['a doubled key', '{"a":1,"a":2}'],
    ['an integer-like key', '{"1":2}'],
    ['a cut text', '{"a":'],
    ['more behind the end', '{} {}'],
    ['a comma too many', '[1,]'],
    ['a leading zero', '[01]'],
    ['a bare word', '[nul]'],
    ['an open string', '["a'],
    ['a bad escape', '["\\x"]'],
    ['half a surrogate pair', '["\\ud800"]'],
    ['NUL', '["\\u0000"]'],
    ['a raw control character', '["\n"]'],
    ['nothing', ''],
    ['depth', '['.repeat(200_000)],
    ['depth of records', '{"a":'.repeat(200_000)],
  ])('refuse %s', (_, json) => {
    expect(() => parseTree(json)).toThrow(SelvageError)
  })

  it('has so many levels and no more', () => {
    expect(printTree(parseTree('[[[[1]]]]', 4))).toBe('[[[[1]]]]')
    expect(() => parseTree('[[[[1]]]]', 3)).toThrow('nested too deeply')
  })

  it('take what is nested as deeply as they say', () => {
    const json = '['.repeat(1_400) + ']'.repeat(1_400)
    expect(printTree(parseTree(json))).toBe(json)
  })
})

describe('positions', () => {
  it.each([
    ['SELECT x', 7, 1, 8],
    ['SELECT é, x', 10, 1, 10],
    ['SELECT 😀, x', 13, 1, 11],
    ['SELECT\n  x', 9, 2, 3],
    ['SELECT é\r\nFROM x', 16, 2, 6],
    ['x', 99, 1, 2],
  ])('%j at byte %d', (text, offset, line, column) => {
    expect(positionAt(text, offset)).toEqual({ line, column })
  })
})
