import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from './strict-json.ts'

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const characters = Array.from('{}[]",:\\u0019aetrfns-+.E \n\u00e9\u0001')
const reserved = new Set(['__proto__', 'constructor', 'prototype'])

const tree = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string().filter(name => !reserved.has(name)),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
})).value

describe('parseStrictJson', () => {
  it('agrees with JSON.parse on what it takes', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(0, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(plain(parseStrictJson(text))).toEqual(plain(JSON.parse(text)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('takes nothing that JSON.parse does not', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 }), text => {
        let value: unknown
        try {
          value = parseStrictJson(text)
        } catch {
          return
        }
        expect(plain(value)).toEqual(plain(JSON.parse(text)))
      }),
      { numRuns: 20_000 },
    )
  })

  it('has objects without a prototype', () => {
    expect(Object.getPrototypeOf(parseStrictJson('{"a":{}}'))).toBe(null)
  })

  it('counts depth, and takes sixteen levels', () => {
    expect(() => parseStrictJson(`${'['.repeat(16)}${']'.repeat(16)}`)).not.toThrow()
    expect(() => parseStrictJson(`${'['.repeat(17)}${']'.repeat(17)}`)).toThrow('too deep')
    expect(() => parseStrictJson('['.repeat(1_000_000))).toThrow('too deep')
  })

  it.each([
    ['{"a":1,"a":1}', 'a name twice'],
    ['{"a":1,"\\u0061":2}', 'a name twice'],
    ['{"x":{"a":1,"b":2,"a":3}}', 'a name twice'],
    ['{"__proto__":{}}', 'a name of JavaScript'],
    ['{"\\u005f_proto__":{}}', 'a name of JavaScript'],
    ['{"a":{"constructor":1}}', 'a name of JavaScript'],
    ['{"prototype":1}', 'a name of JavaScript'],
    ['1e400', 'a number out of bounds'],
    ['-1e400', 'a number out of bounds'],
    ['3.0000000000000000001', 'a number out of bounds'],
    ['123456789012345678', 'a number out of bounds'],
    ['NaN', 'no value'],
    ['Infinity', 'no value'],
    ['0x10', 'text after'],
    ['01', 'text after'],
    ['+1', 'no value'],
    ['1 2', 'text after'],
    ['', 'no value'],
    ['\ufeff{}', 'no value'],
    ['\u00a0{}', 'no value'],
    ['{"a":1,}', 'no text'],
    ['[1,]', 'no value'],
    ['{a:1}', 'no text'],
    ["{'a':1}", 'no text'],
    ['{"a" 1}', 'no colon'],
    ['{"a":1', 'no end'],
    ['"a', 'not well formed'],
    ['"a\\', 'not well formed'],
    ['"a\nb"', 'not well formed'],
    ['"\\x41"', 'not well formed'],
    ['"\\ud800"', 'a lone surrogate'],
    ['"\\udc00\\ud800"', 'a lone surrogate'],
    ['{"\\ud800":1}', 'a lone surrogate'],
  ])('refuses %j', (text, what) => {
    expect(() => parseStrictJson(text)).toThrow(what)
  })

  it('takes time in proportion to the text', () => {
    const started = performance.now()
    expect(() => parseStrictJson(`["${'\\"'.repeat(200_000)}`)).toThrow()
    expect(() => parseStrictJson(`{${' '.repeat(400_000)}`)).toThrow()
    parseStrictJson(`[${'"a",'.repeat(60_000)}1]`)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
