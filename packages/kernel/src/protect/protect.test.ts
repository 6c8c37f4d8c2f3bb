import { createHmac, hkdfSync } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { TestEngine } from '../../test/query/engine.ts'
import type { SemanticType } from '../contract/index.ts'
import type { ColumnType } from '../model/index.ts'
import type { Transform } from '../policy/index.ts'
import { joinTransforms, maskSql, tokenKeyInfo, tokenOf, typedNull } from './index.ts'

const transforms = fc.constantFrom<Transform>('clear', 'partial', 'generalize', 'token', 'null')

describe('the lattice of transforms', () => {
  it('joins in any order, any number of times', () => {
    fc.assert(
      fc.property(fc.array(transforms), fc.array(transforms), (a, b) => {
        const joined = joinTransforms(...a, ...b)
        expect(joinTransforms(...b, ...a, ...a)).toBe(joined)
        expect(joinTransforms(joinTransforms(...a), joinTransforms(...b))).toBe(joined)
        // More masks never show more.
        expect(joinTransforms(joined, joinTransforms(...a))).toBe(joined)
      }),
    )
  })

  it('has clear below and null above all, and the rest side by side', () => {
    expect(joinTransforms()).toBe('clear')
    for (const a of ['partial', 'generalize', 'token'] as const) {
      expect(joinTransforms('clear', a)).toBe(a)
      expect(joinTransforms(a, 'null')).toBe('null')
      for (const b of ['partial', 'generalize', 'token'] as const) expect(joinTransforms(a, b)).toBe(a === b ? a : 'null')
    }
  })
})

describe('tokens', () => {
  const key = Buffer.from(hkdfSync('sha256', Buffer.alloc(32, 7), new Uint8Array(0), tokenKeyInfo('sales', { semanticType: 'email' }), 32))
  const hmac = (data: Uint8Array): Uint8Array => createHmac('sha256', key).update(data).digest()

  it('are what HMAC-SHA256 and base32 make of the exact bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), value => {
        const bits = [...createHmac('sha256', key).update(Buffer.from(value, 'utf8')).digest().subarray(0, 16)]
          .map(byte => byte.toString(2).padStart(8, '0'))
          .join('')
          .padEnd(130, '0')
        const base32 = bits
          .match(/.{5}/g)!
          .map(five => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five, 2)])
          .join('')
        expect(tokenOf(value, hmac)).toBe(`tok_${base32}`)
      }),
    )
  })

  it('tell NFC from NFD, and refuse what has no bytes', () => {
    expect(tokenOf('\u00e9', hmac)).not.toBe(tokenOf('e\u0301', hmac))
    expect(() => tokenOf('\ud800', hmac)).toThrow(TypeError)
    expect(() => tokenOf('x', () => new Uint8Array(8))).toThrow(TypeError)
  })

  it('have a key of their own per domain and scope', () => {
    expect(tokenKeyInfo('sales', { semanticType: 'email' })).toBe('selvage/token/v1/sales/type/email')
    expect(tokenKeyInfo('sales', { table: 'sales.crm.customer', column: 'fax' })).toBe(
      'selvage/token/v1/sales/column/sales.crm.customer/fax',
    )
    expect(() => tokenKeyInfo('a/b', { semanticType: 'email' })).toThrow(TypeError)
  })
})

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open([])
})

async function masked(
  transform: Transform,
  type: ColumnType,
  value: string,
  semantic?: Partial<SemanticType>,
  token?: string,
): Promise<unknown> {
  const column = {
    sql: '"c"',
    type,
    ...(token === undefined ? {} : { token }),
    ...(semantic === undefined ? {} : { semantic: { name: 's', ...semantic } }),
  }
  const sql = `SELECT x, typeof(x) FROM (SELECT ${maskSql(transform, column)} AS x FROM (SELECT CAST(${value} AS ${type}) AS c, 'tok' AS t))`
  const [[got, made]] = (await engine.connection.runAndReadAll(sql)).getRowsJson() as [[unknown, string]]
  expect(made).toBe(type)
  return got
}

const ends = (first: number, last: number): Partial<SemanticType> => ({ partial: { kind: 'ends', first, last } })
const email: Partial<SemanticType> = { partial: { kind: 'email' } }
const year: Partial<SemanticType> = { generalize: { kind: 'date', to: 'year' } }
const month: Partial<SemanticType> = { generalize: { kind: 'date', to: 'month' } }
const bucket = (width: number): Partial<SemanticType> => ({ generalize: { kind: 'bucket', width } })
const zip: Partial<SemanticType> = { generalize: { kind: 'prefix', digits: 3, pattern: '^[0-9]{5}(-[0-9]{4})?$' } }

describe('masks in the engine', () => {
  it.each<[Transform, ColumnType, string, Partial<SemanticType> | undefined, unknown]>([
    ['clear', 'VARCHAR', "'a'", undefined, 'a'],
    ['null', 'VARCHAR', "'a'", undefined, null],
    ['partial', 'VARCHAR', "'Élodie'", ends(1, 0), 'É***'],
    ['partial', 'VARCHAR', "'123-45-6789'", ends(0, 4), '***6789'],
    ['partial', 'VARCHAR', "'123456'", ends(2, 1), '***'],
    ['partial', 'VARCHAR', "'1234567'", ends(2, 1), '12***7'],
    ['partial', 'VARCHAR', "'x'", ends(1, 0), '***'],
    ['partial', 'VARCHAR', "''", ends(1, 0), '***'],
    ['partial', 'VARCHAR', 'NULL', ends(1, 0), null],
    ['partial', 'VARCHAR', "'luisg@embraer.com.br'", email, 'l***@embraer.com.br'],
    ['partial', 'VARCHAR', "'a@b@c'", email, '***'],
    ['partial', 'VARCHAR', "'nobody'", email, '***'],
    ['partial', 'VARCHAR', "'secret name <a@b>'", email, '***'],
    ['partial', 'VARCHAR', 'NULL', email, null],
    ['partial', 'VARCHAR', "'a'", undefined, null],
    ['partial', 'BIGINT', '5', ends(1, 0), null],
    ['generalize', 'DATE', "'1980-02-03'", year, '1980-01-01'],
    ['generalize', 'DATE', "'1980-02-03'", month, '1980-02-01'],
    ['generalize', 'DATE', 'NULL', year, null],
    ['generalize', 'TIMESTAMP', "'1980-02-03 04:05:06'", month, '1980-02-01 00:00:00'],
    ['generalize', 'VARCHAR', "'1980-02-03'", year, null],
    ['generalize', 'BIGINT', '57', bucket(10), '50'],
    ['generalize', 'BIGINT', '-1', bucket(10), '-10'],
    ['generalize', 'BIGINT', '9007199254740993', bucket(2), '9007199254740992'],
    ['generalize', 'TINYINT', '-128', bucket(10), null],
    ['generalize', 'TINYINT', '127', bucket(10), 120],
    ['generalize', 'BIGINT', '57', bucket(0.5), null],
    ['generalize', 'HUGEINT', "'-170141183460469231731687303715884105728'", bucket(10), null],
    ['generalize', 'DECIMAL(10,2)', '57.25', bucket(10), '50.00'],
    ['generalize', 'DOUBLE', '-71.05', bucket(1), -72],
    ['generalize', 'DOUBLE', "'nan'", bucket(1), 'NaN'],
    ['generalize', 'FLOAT', '41.5', bucket(0.5), 41.5],
    ['generalize', 'BIGINT', '57', bucket(0), null],
    ['generalize', 'BIGINT', '57', bucket(-1), null],
    ['generalize', 'VARCHAR', "'02139'", zip, '021'],
    ['generalize', 'VARCHAR', "'02139-1234'", zip, '021'],
    ['generalize', 'VARCHAR', "'2301'", zip, null],
    ['generalize', 'VARCHAR', "'02139x'", zip, null],
    ['generalize', 'VARCHAR', "E'02139\\n'", zip, null],
    ['generalize', 'VARCHAR', 'NULL', zip, null],
    ['token', 'BIGINT', '5', undefined, null],
    ['token', 'DATE', "'1980-02-03'", undefined, null],
  ])('%s of %s %s', async (transform, type, value, semantic, expected) => {
    expect(await masked(transform, type, value, semantic, '"t"')).toEqual(expected)
  })

  it('token is the precomputed column, or NULL where there is none', async () => {
    expect(await masked('token', 'VARCHAR', "'a'", undefined, '"t"')).toBe('tok')
    expect(await masked('token', 'VARCHAR', "'a'")).toBe(null)
  })

  it.each([
    ['DATE', "'5877642-06-25 (BC)'", year],
    ['DATE', "'5881580-07-10'", month],
    ['DATE', "'infinity'", year],
    ['TIMESTAMP', "'290309-12-22 (BC) 00:00:00'", year],
    ['TIMESTAMP', "'-infinity'", month],
    ['TIMESTAMP WITH TIME ZONE', "'290309-12-22 (BC) 00:00:00+00'", year],
    ['TIMESTAMP WITH TIME ZONE', "'294247-01-10 04:00:54.775806+00'", month],
    ['BIGINT', '-9223372036854775808', bucket(1000)],
    ['DOUBLE', "'-inf'", bucket(10)],
    ['DOUBLE', '1.7976931348623157e308', bucket(1e-300)],
    ['DECIMAL(4,2)', '-99.99', bucket(1000)],
    ['FLOAT', '3.4e38', bucket(1e-40)],
  ] as const)('never fails: %s %s', async (type, value, semantic) => {
    await masked('generalize', type, value, semantic)
  })

  it('a NULL has the type', () => {
    expect(typedNull('DECIMAL(10,2)')).toBe('CAST(NULL AS DECIMAL(10,2))')
  })
})
