import { describe, expect, it } from 'vitest'
import { parseColumns, parseEnded, parseFields } from './child-answer.ts'
import { failureOf } from './failure.ts'

const bytes = (text: string): Buffer => Buffer.from(text)

describe('what a child says', () => {
  it('is read where it fits', () => {
    expect(parseColumns(bytes('{"columns":[{"name":"a","type":"BIGINT","more":1}]}'))).toEqual([{ name: 'a', type: 'BIGINT' }])
    expect(parseEnded(bytes('{"rows":3,"bytes":20}'))).toEqual({ rows: 3, bytes: 20, worn: false })
    expect(parseEnded(bytes('{"rows":3,"bytes":20,"worn":true}'))).toEqual({ rows: 3, bytes: 20, worn: true })
  })

  it.each(['', '[]', 'null', '3', '{"columns":{}}', '{"columns":[null]}', '{"columns":[{"name":1,"type":"x"}]}'])(
    'is thrown where it does not: %s',
    text => {
      expect(() => parseColumns(bytes(text))).toThrow()
    },
  )

  it.each(['{"rows":1e400,"bytes":1}', '{"rows":-1,"bytes":1}', '{"rows":1.5,"bytes":1}', '{"rows":"1","bytes":1}', '{"rows":1}'])(
    'counts with whole numbers: %s',
    text => {
      expect(() => parseEnded(bytes(text))).toThrow('no counts')
    },
  )

  it('names no error by a name of JavaScript’s own', () => {
    for (const type of ['constructor', 'toString', '__proto__'])
      expect(failureOf(parseFields(bytes(`{"engine":{"type":"${type}","message":"x"}}`)))).toMatchObject({
        error: { code: 'engine.unavailable' },
        childUsable: false,
      })
  })
})
