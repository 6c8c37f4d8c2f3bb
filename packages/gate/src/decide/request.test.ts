import { SelvageError } from '@selvage/kernel/model'
import { describe, expect, test } from 'vitest'
import { parseConfig } from '../config.ts'
import { parseSqlRequest } from './request.ts'

const key = `ed25519:${'A'.repeat(43)}`
const { limits } = parseConfig({
  mesh: 'm',
  domain: 'd',
  port: 0,
  stateDir: 'state',
  keys: { centre: key, domain: key, freshness: key },
  control: 'http://127.0.0.1:1',
})
const outcome = (body: unknown): string => {
  try {
    parseSqlRequest(body, limits)
    return 'taken'
  } catch (error) {
    return error instanceof SelvageError ? `${error.code}: ${error.options.detail}` : String(error)
  }
}

describe('the body of a request', () => {
  test.each([
    { sql: 'SELECT 1' },
    { sql: 'SELECT $1', parameters: [1, 'x', true, null] },
    { sql: 'SELECT $a', parameters: { a: 1.5 }, purpose: 'p', reason: 'because' },
    { sql: 'SELECT $1', parameters: ['with a \0 inside'] },
  ])('%j is taken', body => expect(outcome(body)).toBe('taken'))

  test.each([
    [{ sql: 'SELECT 1', SENTINEL: 1 }, 'request.malformed: A field does not fit.'],
    [{ sql: 'SELECT 1', other: 'SENTINEL' }, 'request.malformed: These do not fit: other.'],
    [{ sql: 1 }, 'request.malformed: These do not fit: sql.'],
    [{ sql: 'SELECT 1\0' }, 'request.malformed: A text is not well-formed Unicode, or the statement holds a NUL.'],
    [{ sql: '\ud800' }, 'request.malformed: A text is not well-formed Unicode, or the statement holds a NUL.'],
    [{ sql: 'x', purpose: '\udfff' }, 'request.malformed: A text is not well-formed Unicode, or the statement holds a NUL.'],
    [{ sql: 'x', parameters: { '\ud800': 1 } }, 'request.malformed: A text is not well-formed Unicode, or the statement holds a NUL.'],
    [{ sql: 'ä'.repeat(40_000) }, 'request.too_large: A statement may be 65536 bytes long.'],
    [{ sql: 'x', parameters: Array(201).fill(1) }, 'request.too_large: A statement may have 200 parameters.'],
    [{ sql: 'x', reason: 'x'.repeat(1_001) }, 'request.too_large: A reason may be 1000 bytes long.'],
    [{ sql: 'x', parameters: Array(201).fill([]) }, 'request.too_large: A statement may have 200 parameters.'],
  ])('%j is refused', (body, expected) => expect(outcome(body)).toBe(expected))
})
