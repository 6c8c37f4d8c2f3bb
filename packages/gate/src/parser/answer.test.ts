import { describe, expect, it } from 'vitest'
import { parseAnswer, parseParserFailure } from './answer.ts'
import { fromParser } from './message.ts'

const parse = (value: unknown): unknown => parseParserFailure(Buffer.from(JSON.stringify(value)))

describe('why a text did not go through', () => {
  it('is read where it fits', () => {
    const error = { type: 'binder', message: 'm', subtype: 's', position: 3, candidates: ['a'] }
    expect(parse({ kind: 'engine', error })).toEqual({ kind: 'engine', error })
    expect(parse({ kind: 'count', statements: 2 })).toEqual({ kind: 'count', statements: 2 })
    expect(parse({ kind: 'parameters', detail: 'Send one.' })).toEqual({ kind: 'parameters', detail: 'Send one.' })
    expect(parse({ kind: 'parameters' })).toEqual({ kind: 'parameters' })
  })

  it.each([
    null,
    [],
    {},
    { kind: 'other' },
    { kind: 'engine' },
    { kind: 'engine', error: { type: 1, message: 'm' } },
    { kind: 'count', statements: '1' },
  ])('is thrown where it does not: %j', value => {
    expect(() => parse(value)).toThrow()
  })

  it('tells the asker no long or unprintable text, and takes no odd place', () => {
    expect(parse({ kind: 'parameters', detail: 'x'.repeat(201) })).toEqual({ kind: 'parameters' })
    expect(parse({ kind: 'parameters', detail: '\u001b[31m' })).toEqual({ kind: 'parameters' })
    expect(parse({ kind: 'engine', error: { type: 't', message: 'm', position: -1, subtype: 1, candidates: 'a' } })).toEqual({
      kind: 'engine',
      error: { type: 't', message: 'm' },
    })
  })
})

describe('an answer', () => {
  const answer = (kind: number, text: string): unknown => parseAnswer({ kind, payload: Buffer.from(text) })

  it('is read where it fits', () => {
    expect(answer(fromParser.text, 'SELECT 1')).toEqual({ kind: 'text', text: 'SELECT 1' })
    expect(answer(fromParser.columns, '{"columns":[]}')).toEqual({ kind: 'columns', columns: [] })
    expect(answer(fromParser.needSchema, '')).toEqual({ kind: 'needSchema' })
    expect(answer(fromParser.failed, '{"kind":"size"}')).toEqual({ kind: 'failed', failure: { kind: 'size' } })
  })

  it.each([
    [fromParser.columns, '{}'],
    [fromParser.failed, '{}'],
    [fromParser.failed, '{'],
    [fromParser.ready, '{}'],
    [99, ''],
  ])('is thrown where it does not: %i %s', (kind, text) => {
    expect(() => answer(kind, text)).toThrow()
  })
})
