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

  it('is the asker’s where a function complains as it runs, and ours where the text does not bind', () => {
    const binder = '"engine":{"type":"binder","message":"x"}'
    expect(failureOf(parseFields(bytes(`{${binder},"running":true}`)))).toMatchObject({ error: { code: 'query.type' }, childUsable: true })
    for (const running of ['', ',"running":false', ',"running":"true"'])
      expect(failureOf(parseFields(bytes(`{${binder}${running}}`)))).toMatchObject({ error: { code: 'engine.refused' } })
  })

  it('is a limit of the door where the engine cannot plan a statement, and of that alone', () => {
    const unbound = '"engine":{"type":"internal","message":"Failed to bind column reference \\"a\\""}'
    const other = '"engine":{"type":"internal","message":"Attempted to access index 3"}'
    for (const strict of [true, false])
      expect(failureOf(parseFields(bytes(`{${unbound}}`)), strict)).toMatchObject({
        error: { code: 'query.unsupported' },
        childUsable: false,
      })
    for (const [fields, strict] of [
      [`${unbound},"running":true`, false],
      [`${unbound},"running":true`, true],
      [other, true],
    ] as const)
      expect(failureOf(parseFields(bytes(`{${fields}}`)), strict)).toMatchObject({
        error: { code: 'engine.unavailable' },
        childUsable: false,
      })
  })
})
