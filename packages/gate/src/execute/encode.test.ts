import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoteText } from './database.ts'
import { RowEncoder } from './encode.ts'
import { headerBytes } from './frame.ts'
import { sliceBytes } from './message.ts'

let database: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:', { threads: '2' })
  connection = await database.connect()
  await connection.run("SET TimeZone = 'UTC'")
})
afterAll(() => {
  connection.closeSync()
  database.closeSync()
})

async function slicesOf(sql: string, separator: ',' | '\n' = ','): Promise<{ slices: string[]; encoder: RowEncoder }> {
  const encoder = new RowEncoder(separator)
  const slices: string[] = []
  const statement = await connection.prepare(sql)
  const result = await statement.stream()
  for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk())
    for (const slice of encoder.slices(chunk)) slices.push(slice.subarray(headerBytes).toString())
  const rest = encoder.rest()
  if (rest !== undefined) slices.push(rest.subarray(headerBytes).toString())
  return { slices, encoder }
}

const textOf = async (sql: string): Promise<string> => (await slicesOf(sql)).slices.join(',')
const rowsOf = async (sql: string): Promise<unknown[][]> => JSON.parse(`[${await textOf(sql)}]`) as unknown[][]
/** Where every value is a text or a number. */
const textRowsOf = async (sql: string): Promise<string[][]> =>
  (await rowsOf(sql)).map(row => row.map(value => (value === null ? 'NULL' : typeof value === 'string' ? value : JSON.stringify(value))))
const single = async (expression: string): Promise<unknown> => (await rowsOf(`SELECT ${expression}`))[0]?.[0]
/** Rows by the engine's own means. */
const engineRows = async (sql: string): Promise<unknown[][]> => (await (await connection.run(sql)).getRows()) as unknown[][]

describe('forms', () => {
  it.each<[string, unknown]>([
    ['NULL', null],
    ['true', true],
    ['false', false],
    ['(-128)::TINYINT', -128],
    ['(-32768)::SMALLINT', -32768],
    ['(-2147483648)::INTEGER', -2147483648],
    ['255::UTINYINT', 255],
    ['65535::USMALLINT', 65535],
    ['4294967295::UINTEGER', 4294967295],
    ['(-9223372036854775807 - 1)::BIGINT', '-9223372036854775808'],
    ['9007199254740993::BIGINT', '9007199254740993'],
    ['0::BIGINT', '0'],
    ['18446744073709551615::UBIGINT', '18446744073709551615'],
    ["'-170141183460469231731687303715884105728'::HUGEINT", '-170141183460469231731687303715884105728'],
    ["'340282366920938463463374607431768211455'::UHUGEINT", '340282366920938463463374607431768211455'],
    ["'-123456789012345678901234567890123456789012345'::BIGNUM", '-123456789012345678901234567890123456789012345'],
    ['0.1::DOUBLE', 0.1],
    ['1e300::DOUBLE', 1e300],
    ['5e-324::DOUBLE', 5e-324],
    ["'NaN'::DOUBLE", 'NaN'],
    ["'inf'::DOUBLE", 'Infinity'],
    ["'-inf'::FLOAT", '-Infinity'],
    ['0.1::FLOAT', 0.1],
    ['16777217::FLOAT', 16777216],
    ['3.4028235e38::FLOAT', 3.4028235e38],
    ['(-0.5)::DECIMAL(2,1)', '-0.5'],
    ['(-0.05)::DECIMAL(18,2)', '-0.05'],
    ["'-0.00000000000000000000000000000000000001'::DECIMAL(38,38)", '-0.00000000000000000000000000000000000001'],
    ["'99999999999999999999999999999999999999'::DECIMAL(38,0)", '99999999999999999999999999999999999999'],
    ["DATE '2021-01-01'", '2021-01-01'],
    ["DATE '0044-03-15 (BC)'", '-0043-03-15'],
    ["DATE '0001-01-01'", '0001-01-01'],
    ["DATE '0001-12-31 (BC)'", '0000-12-31'],
    ["DATE '10000-01-01'", '10000-01-01'],
    ["DATE 'infinity'", 'infinity'],
    ["DATE '-infinity'", '-infinity'],
    ["TIMESTAMP '2021-01-01'", '2021-01-01T00:00:00'],
    ["TIMESTAMP '2021-01-01 10:20:30.500000'", '2021-01-01T10:20:30.5'],
    ["TIMESTAMP '1969-12-31 23:59:59.999999'", '1969-12-31T23:59:59.999999'],
    ["TIMESTAMP 'infinity'", 'infinity'],
    ["TIMESTAMP '-infinity'", '-infinity'],
    ["TIMESTAMPTZ '2021-06-01 12:00:00+02'", '2021-06-01T10:00:00Z'],
    ["TIMESTAMPTZ 'infinity'", 'infinity'],
    ["TIMESTAMP_S '2021-01-01 00:00:01'", '2021-01-01T00:00:01'],
    ["TIMESTAMP_MS '2021-01-01 00:00:01.02'", '2021-01-01T00:00:01.02'],
    ["TIMESTAMP_NS '2021-01-01 00:00:01.000000001'", '2021-01-01T00:00:01.000000001'],
    ["TIMESTAMP_NS '1677-09-22 00:00:00.000000001'", '1677-09-22T00:00:00.000000001'],
    ["TIME '00:00:00'", '00:00:00'],
    ["TIME '24:00:00'", '24:00:00'],
    ["TIME '23:59:59.000001'", '23:59:59.000001'],
    ["TIMETZ '01:02:03+15:59:59'", '01:02:03+15:59:59'],
    ["TIMETZ '01:02:03.5-02:30'", '01:02:03.5-02:30'],
    ["TIMETZ '01:02:03+00'", '01:02:03+00:00'],
    ["INTERVAL '0 days'", 'PT0S'],
    ["INTERVAL '14 months -3 days 4 hours 5.5 seconds'", 'P1Y2M-3DT4H5.5S'],
    ["INTERVAL '-14 months'", 'P-1Y-2M'],
    ["INTERVAL '-1 microsecond'", 'PT-0.000001S'],
    ["INTERVAL '-90 minutes'", 'PT-1H-30M'],
    ["INTERVAL '1 day'", 'P1D'],
    ["'\\x00\\xFFabc'::BLOB", Buffer.from('\0\xffabc', 'latin1').toString('base64')],
    ["repeat('\\xFE', 40)::BLOB", Buffer.alloc(40, 0xfe).toString('base64')],
    ["''::BLOB", ''],
    ["'010110111'::BIT", '010110111'],
    ["repeat('10', 100)::BIT", '10'.repeat(100)],
    ["'00112233-4455-6677-8899-aabbccddeeff'::UUID", '00112233-4455-6677-8899-aabbccddeeff'],
    ["'ffffffff-ffff-ffff-ffff-ffffffffffff'::UUID", 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
    ["'b\"'::ENUM('a', 'b\"')", 'b"'],
    ['\'{"a": 1}\'::JSON', '{"a": 1}'],
    ['[1, NULL, 3]', [1, null, 3]],
    ['[]', []],
    ['[[1], [], NULL]', [[1], [], null]],
    ['[1, 2]::INTEGER[2]', [1, 2]],
    ['NULL::INTEGER[2]', null],
    ["{'a b': 1, 'c': {'d': [NULL, 'x']}}", { 'a b': 1, c: { d: [null, 'x'] } }],
    ['NULL::STRUCT(a INTEGER)', null],
    ["{'a': NULL::BIGINT, '__proto__': 1}", JSON.parse('{"a":null,"__proto__":1}')],
    ["ROW(1, 'x')", [1, 'x']],
    [
      "MAP {'k': 1, 'l': NULL}",
      [
        ['k', 1],
        ['l', null],
      ],
    ],
    ['MAP {}', []],
    ['NULL::MAP(VARCHAR, INTEGER)', null],
    ['union_value(n := 1::BIGINT)', { n: '1' }],
    ["'x'::UNION(n BIGINT, s VARCHAR)", { s: 'x' }],
    ['NULL::UNION(n BIGINT, s VARCHAR)', null],
  ])('%s', async (expression, expected) => {
    expect(await single(expression)).toEqual(expected)
  })

  it('keeps the sign of zero', async () => {
    expect(await textOf("SELECT '-0'::DOUBLE, '-0'::FLOAT, 0::DOUBLE")).toBe('[-0,-0,0]')
  })

  it('refuses types that have none', async () => {
    for (const expression of ["{'a': 1}::VARIANT", "[{'a': 1}::VARIANT]"]) {
      const refused = await rowsOf(`SELECT ${expression}`).catch((error: unknown) => error)
      expect(refused instanceof SelvageError && refused.code).toBe('query.unsupported')
    }
  })

  it('refuses a row without end before it gathers it', async () => {
    for (const expression of [
      "repeat('a', 50000000)",
      "repeat('\"', 6000000)",
      "repeat('a', 50000000)::BLOB",
      "repeat('1', 9000000)::BIT",
      'range(9000000)',
    ]) {
      const refused = await rowsOf(`SELECT ${expression}`).catch((error: unknown) => error)
      expect(refused instanceof SelvageError && refused.code, expression).toBe('limit.rows')
    }
  }, 120_000)
})

describe('against the engine’s own casts', () => {
  /** Spread over a type's whole range, its ends among them. */
  const spread = (low: string, high: string): string =>
    `(SELECT (${low}::HUGEINT + hash(range)::HUGEINT * ((${high}::HUGEINT - ${low}::HUGEINT) / 18446744073709551615::HUGEINT + 1) % (${high}::HUGEINT - ${low}::HUGEINT + 1))::HUGEINT AS n
      FROM range(5000) UNION ALL SELECT ${low} UNION ALL SELECT ${high} UNION ALL SELECT range - 2000 FROM range(4000))`

  it.each([
    ['BIGINT', '-9223372036854775807', '9223372036854775807'],
    ['UBIGINT', '0', '18446744073709551615'],
    ['INTEGER', '-2147483647', '2147483647'],
    ['DECIMAL(4,1)', '-999', '999'],
    ['DECIMAL(9,4)', '-99999', '99999'],
    ['DECIMAL(18,3)', '-999999999999999', '999999999999999'],
    ['DECIMAL(38,9)', '-99999999999999999999999999', '99999999999999999999999999'],
    ['HUGEINT', '-99999999999999999999999999999999999', '99999999999999999999999999999999999'],
  ])('%s is its text', async (type, low, high) => {
    const rows = await textRowsOf(
      `SELECT TRY_CAST(n AS ${type}), TRY_CAST(n AS ${type})::VARCHAR, TRY_CAST(n / 7 AS ${type}), TRY_CAST(n / 7 AS ${type})::VARCHAR FROM ${spread(low, high)}`,
    )
    for (const [a, text, b, other] of rows) expect([a, b]).toEqual([text, other])
  })

  it.each(['DOUBLE', 'FLOAT'])('%s reads back as the same number', async type => {
    const rows = await textOf(
      `SELECT (n::DOUBLE / 977)::${type}, ((n::DOUBLE / 977)::${type})::VARCHAR FROM ${spread('-9223372036854775807', '9223372036854775807')}`,
    )
    const pairs = [...rows.matchAll(/\[([^,]+),"([^"]+)"\]/g)].map(([, ours, theirs]) => `(${quoteText(ours!)}, ${quoteText(theirs!)})`)
    expect(pairs.length).toBeGreaterThan(9_000)
    expect(
      await engineRows(`SELECT count(*) FROM (VALUES ${pairs.join(',')}) AS v(ours, theirs) WHERE ours::${type} <> theirs::${type}`),
    ).toEqual([[0n]])
  })

  /** Sends our text back through the engine's cast. */
  async function readBack(type: string, source: string): Promise<void> {
    await connection.run(`CREATE OR REPLACE TEMP TABLE given AS SELECT row_number() OVER () AS i, v FROM (${source}) AS s(v)`)
    const rows = await textRowsOf('SELECT i, v, v::VARCHAR FROM given ORDER BY i')
    const texts = rows.map(([i, ours]) => `(${i}, ${quoteText(ours!)})`)
    await connection.run(`CREATE OR REPLACE TEMP TABLE ours AS SELECT * FROM (VALUES ${texts.join(',')}) AS v(i, text)`)
    expect(await engineRows(`SELECT count(*) FROM given JOIN ours USING (i) WHERE v IS DISTINCT FROM text::${type}`)).toEqual([[0n]])
    for (const [, ours, theirs] of rows)
      if (/^\d{4}-/.test(String(theirs)) && !String(theirs).includes('(BC)'))
        expect(String(ours).replace('T', ' ').replace('Z', '+00')).toBe(theirs)
  }

  it('DATE over its whole range', async () => {
    await readBack('DATE', `SELECT DATE '1970-01-01' + n::INTEGER FROM ${spread('-2147483646', '2146764179')} WHERE n <= 2146764179`)
    for (const [from, to] of [
      ['1895-12-31', '1905-01-02'],
      ['1999-12-30', '2001-01-03'],
      ['0002-12-30 (BC)', '0002-01-03'],
      ['0402-12-30 (BC)', '0399-01-03 (BC)'],
      ['9999-01-01', '10001-01-03'],
    ])
      await readBack('DATE', `SELECT d::DATE FROM range(DATE '${from}', DATE '${to}', INTERVAL 1 DAY) AS r(d)`)
  })

  it('TIMESTAMP over its whole range', async () => {
    await readBack('TIMESTAMP', `SELECT make_timestamp(n::BIGINT) FROM ${spread('-9223372022400000000', '9223372036854775806')}`)
    await readBack('TIMESTAMP', `SELECT make_timestamp(n::BIGINT * 1000000 + n::BIGINT % 7) FROM ${spread('-99999999999', '99999999999')}`)
  })

  it('TIMESTAMP WITH TIME ZONE', async () => {
    await readBack('TIMESTAMPTZ', `SELECT make_timestamptz(n::BIGINT) FROM ${spread('-62135596800000000', '253402300799999999')}`)
  })

  it('TIMESTAMP_NS', async () => {
    await readBack('TIMESTAMP_NS', `SELECT make_timestamp_ns(n::BIGINT) FROM ${spread('-9223286400000000000', '9223372036854775806')}`)
  })

  it('TIME and TIME WITH TIME ZONE', async () => {
    await readBack('TIME', `SELECT TIME '00:00:00' + to_microseconds(n::BIGINT) FROM ${spread('0', '86399999999')}`)
    await readBack(
      'TIMETZ',
      `SELECT (TIMESTAMP '2020-01-01' + to_microseconds(abs(n)::BIGINT))::TIME::TIMETZ FROM ${spread('0', '86399999999')}`,
    )
  })

  it('INTERVAL keeps months, days and microseconds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer(), fc.bigInt(-(2n ** 63n) + 1n, 2n ** 63n - 1n), async (months, days, micros) => {
        const interval = String(await single(`to_months(${months}) + to_days(${days}) + to_microseconds(${micros})`))
        expect(parseInterval(interval)).toEqual({ months, days, micros })
      }),
      { numRuns: 200 },
    )
  })

  it('text of any kind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary', maxLength: 120 }), { minLength: 1, maxLength: 20 }), async texts => {
        const sent = texts.map(text => text.replaceAll('\0', ''))
        const rows = await rowsOf(`SELECT unnest([${sent.map(quoteText).join(', ')}])`)
        expect(rows.map(([text]) => text)).toEqual(sent)
      }),
      { numRuns: 200 },
    )
    const control = Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).join('')
    expect(await single(`'${control.slice(1)}' || chr(0) || '\u2028"\\'`)).toBe(`${control.slice(1)}\0\u2028"\\`)
  })

  it('nested values over many chunks, as to_json has them', async () => {
    const value = `CASE WHEN i % 11 = 0 THEN NULL ELSE {'a': CASE WHEN i % 3 = 0 THEN NULL ELSE i::INTEGER END, 'l': [x FOR x IN range(i % 5) IF x % 2 = 0]::INTEGER[],
      's': CASE WHEN i % 7 = 0 THEN NULL ELSE [{'t': repeat('é"', (i % 20)::INTEGER), 'b': i % 2 = 0}, NULL] END} END`
    const rows = await rowsOf(`SELECT v, to_json(v)::VARCHAR FROM (SELECT ${value} AS v FROM range(9000) AS r(i))`)
    expect(rows).toHaveLength(9_000)
    for (const [ours, theirs] of rows) expect(ours).toEqual(typeof theirs === 'string' ? JSON.parse(theirs) : null)
  })

  it('NULL in every place of a chunk', async () => {
    const rows = await rowsOf(
      'SELECT i, CASE WHEN i % 3 = 1 THEN NULL ELSE i END, CASE WHEN i % 5 = 1 THEN NULL ELSE i::VARCHAR END FROM range(5000) AS r(i)',
    )
    rows.forEach((row, i) => {
      expect(row).toEqual([String(i), i % 3 === 1 ? null : String(i), i % 5 === 1 ? null : String(i)])
    })
  })
})

describe('slices', () => {
  it('are whole rows of about 64 KiB, and lose none', async () => {
    const { slices, encoder } = await slicesOf("SELECT range, repeat('x', (range % 300)::INTEGER) FROM range(20000)", '\n')
    const rows = slices.flatMap(slice => slice.split('\n').map(line => JSON.parse(line) as [string, string]))
    expect(rows).toHaveLength(20_000)
    rows.forEach(([id, text], i) => {
      expect(id).toBe(String(i))
      expect(text.length).toBe(i % 300)
    })
    expect(encoder.rows).toBe(20_000)
    expect(encoder.bytes).toBe(slices.reduce((sum, slice) => sum + Buffer.byteLength(slice), 0))
    for (const slice of slices.slice(0, -1)) {
      expect(slice.length).toBeGreaterThanOrEqual(sliceBytes - headerBytes)
      expect(slice.length).toBeLessThan(sliceBytes + 1_000)
    }
  })

  it('hold a row that is larger than any', async () => {
    const { slices } = await slicesOf("SELECT repeat('é', 1000000) FROM range(3)")
    expect(slices.map(slice => slice.length)).toEqual([1_000_004, 1_000_004, 1_000_004])
  })
})

function parseInterval(text: string): { months: number; days: number; micros: bigint } {
  const match = /^P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?)(\d+)(?:\.(\d+))?S)?)?$/.exec(text)
  if (match === null) throw new Error(`no interval: ${text}`)
  const [, y, mo, d, h, mi, sign, s, f] = match
  const seconds = BigInt(s ?? 0) * 1_000_000n + BigInt((f ?? '').padEnd(6, '0') || 0)
  return {
    months: Number(y ?? 0) * 12 + Number(mo ?? 0),
    days: Number(d ?? 0),
    micros: BigInt(h ?? 0) * 3_600_000_000n + BigInt(mi ?? 0) * 60_000_000n + (sign === '-' ? -seconds : seconds),
  }
}
