import { createHash } from 'node:crypto'
import { Agent, request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { entriesIn } from './entries.ts'
import type { Stand } from './stand.ts'

const ndjson = { accept: 'application/x-ndjson' }
const analytics = 'analytics'

/** SQL -> what DESIGN section 12 says of its encoding. */
const encodings: readonly (readonly [sql: string, type: string, value: unknown])[] = [
  ['1::TINYINT', 'TINYINT', 1],
  ['1::SMALLINT', 'SMALLINT', 1],
  ['2147483647', 'INTEGER', 2147483647],
  ['4294967295::UINTEGER', 'UINTEGER', 4294967295],
  ['9007199254740993::BIGINT', 'BIGINT', '9007199254740993'],
  ['18446744073709551615::UBIGINT', 'UBIGINT', '18446744073709551615'],
  ['170141183460469231731687303715884105727::HUGEINT', 'HUGEINT', '170141183460469231731687303715884105727'],
  ['12.50::DECIMAL(10,2)', 'DECIMAL(10,2)', '12.50'],
  ['1.5::DOUBLE', 'DOUBLE', 1.5],
  ["'NaN'::DOUBLE", 'DOUBLE', 'NaN'],
  ["'Infinity'::DOUBLE", 'DOUBLE', 'Infinity'],
  ["'-Infinity'::DOUBLE", 'DOUBLE', '-Infinity'],
  ['true', 'BOOLEAN', true],
  ['NULL', 'INTEGER', null],
  ["DATE '2021-01-01'", 'DATE', '2021-01-01'],
  ["TIMESTAMP '2021-01-01 00:00:00'", 'TIMESTAMP', '2021-01-01T00:00:00'],
  ["TIMESTAMPTZ '2021-01-01 02:00:00+02'", 'TIMESTAMP WITH TIME ZONE', '2021-01-01T00:00:00Z'],
  ["INTERVAL '1 year 2 days 3 seconds'", 'INTERVAL', 'P1Y2DT3S'],
  [String.raw`'\x00\xFF'::BLOB`, 'BLOB', 'AP8='],
  ['[1, NULL, 3]', 'INTEGER[]', [1, null, 3]],
  ["{'a': 1, 'b': [2]}", 'STRUCT("a" INTEGER, "b" INTEGER[])', { a: 1, b: [2] }],
  ["MAP {'k': 1}", 'MAP(VARCHAR, INTEGER)', [['k', 1]]],
  ["'ä\n\"\\ 😀'", 'VARCHAR', 'ä\n"\\ 😀'],
]

export function answers(stand: Stand): void {
  describe('answers', () => {
    test('one JSON document: rows, types, protections', async () => {
      const { status, headers, body } = await stand.door.sql(
        'ana@staff',
        analytics,
        'SELECT order_id, customer_email, total FROM lab.shop.orders ORDER BY order_id LIMIT 1',
      )
      expect({ status, type: headers.get('content-type'), kept: headers.get('cache-control') }).toMatchObject({
        status: 200,
        kept: 'no-store',
      })
      expect(body.columns.map(({ name, type, protection }) => [name, type, protection.kind])).toEqual([
        ['order_id', 'BIGINT', 'clear'],
        ['customer_email', 'VARCHAR', 'token'],
        ['total', 'DECIMAL(10,2)', 'clear'],
      ])
      expect(body.columns[1]!.protection).toMatchObject({ rule: 'central/pii', reason: 'personal data is tokenised outside support' })
      expect(body.rows).toEqual([['1', expect.not.stringContaining('ada'), '12.50']])
    })

    test.each(encodings)('%s', async (sql, type, value) => {
      const { status, body } = await stand.door.sql('ana@staff', analytics, `SELECT ${sql} AS v`)
      expect({ status, detail: body.detail, type: body.columns?.[0]?.type, rows: body.rows }).toEqual({
        status: 200,
        detail: undefined,
        type,
        rows: [[value]],
      })
    })

    test('NDJSON: a header line, an array per row, a trailer line, also without rows', async () => {
      const some = await stand.door.sql('ana@staff', analytics, 'SELECT order_id FROM lab.shop.orders ORDER BY 1', {}, ndjson)
      const lines = some.text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line) as unknown)
      expect(some.headers.get('content-type')).toBe('application/x-ndjson')
      expect(lines).toHaveLength(6)
      expect(lines.slice(1, 5)).toEqual([['1'], ['2'], ['3'], ['4']])
      expect(lines[5]).toMatchObject({ rows: 4, receipt: (lines[0] as { receipt: object }).receipt })
      const none = await stand.door.sql('ana@staff', analytics, 'SELECT 1 WHERE false', {}, ndjson)
      expect(none.text.split('\n')).toHaveLength(3)
      expect(JSON.parse(none.text.split('\n')[1]!)).toMatchObject({ rows: 0 })
    })

    test('a failure after the header is told in the trailer, and recorded', async () => {
      const sql = "SELECT CAST(CASE WHEN i = 400000 THEN 'x' ELSE '1' END AS INTEGER) FROM range(500000) t(i)"
      const { status, text } = await stand.door.sql('ana@staff', analytics, sql, {}, ndjson)
      const trailer = JSON.parse(text.trimEnd().split('\n').at(-1)!) as { error: { code: string }; receipt: { index: number } }
      expect({ status, code: trailer.error.code }).toEqual({ status: 200, code: 'query.data' })
      await expect
        .poll(async () => (await entriesIn(stand.auditDir, trailer.receipt.index)).find(entry => entry.of === trailer.receipt.index), {
          timeout: 5_000,
        })
        .toMatchObject({ event: 'ended', code: 'query.data' })
    })

    test('a document that would be too large is refused, and nothing of it left', async () => {
      const { body: before } = await stand.door.sql('ana@staff', analytics, 'SELECT 1')
      const { status, body } = await stand.door.sql('ana@staff', analytics, "SELECT repeat('x', 1000) FROM range(40000)")
      expect({ status, code: body.code }).toEqual({ status: 429, code: 'limit.rows' })
      await expect
        .poll(async () => (await entriesIn(stand.auditDir, before.receipt.index)).find(entry => entry.code === 'limit.rows'), {
          timeout: 5_000,
        })
        .toMatchObject({ event: 'ended', bytes: 0 })
    })

    test('what is accepted decides the form; what cannot be given is 406', async () => {
      const ask = async (accept: string): Promise<string | number> => {
        const { status, headers, body } = await stand.door.sql('ana@staff', analytics, 'SELECT 1', {}, { accept })
        return status === 200 ? headers.get('content-type')!.split(';')[0]! : body.code
      }
      expect(await ask('*/*')).toBe('application/json')
      expect(await ask('application/*;q=0.5')).toBe('application/json')
      expect(await ask('application/x-ndjson;q=0.1, application/json')).toBe('application/json')
      expect(await ask('text/html, application/x-ndjson;q=0.9')).toBe('application/x-ndjson')
      expect(await ask('application/json;q=0, text/html')).toBe('request.media_type')
      expect(await ask('text/csv')).toBe('request.media_type')
    })

    test('parameters by position and by name; a wrong count is told', async () => {
      const ask = (sql: string, parameters?: unknown): ReturnType<typeof stand.door.sql> =>
        stand.door.sql('ana@staff', analytics, sql, parameters === undefined ? {} : { parameters })
      expect((await ask('SELECT $1::INTEGER + $2::INTEGER', [1, 2])).body.rows).toEqual([[3]])
      expect((await ask('SELECT ? || ?', ['a', 'b'])).body.rows).toEqual([['ab']])
      expect((await ask('SELECT $low::INTEGER', { low: 7 })).body.rows).toEqual([[7]])
      expect((await ask('SELECT country FROM lab.shop.orders WHERE country = $1 LIMIT 1', ['US'])).body.rows).toEqual([['US']])
      for (const [sql, parameters] of [
        ['SELECT $1', []],
        ['SELECT $1', undefined],
        ['SELECT $1', [1, 2]],
        ['SELECT $a', { b: 1 }],
        ['SELECT 1', [1]],
        ['SELECT $1', [1e20]],
      ] as const) {
        const { status, body } = await ask(sql, parameters)
        expect({ sql, status, code: body.code }).toEqual({ sql, status: 422, code: 'query.parameters' })
      }
    })

    test('the receipt names a leaf that is in the log', async () => {
      const { body } = await stand.door.sql('ana@staff', analytics, 'SELECT 42')
      const entries = await entriesIn(stand.auditDir, body.receipt.index)
      const { raw } = entries[0]!
      expect(
        createHash('sha256')
          .update(Buffer.concat([Buffer.of(0), raw]))
          .digest('hex'),
      ).toBe(body.receipt.leaf)
      expect(body.receipt.origin).toContain('labmesh/lab/')
    })

    test('one connection carries many statements', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const token = await stand.door.token('ana@staff')
      const ports = new Set<number | undefined>()
      for (let i = 0; i < 5; i += 1) {
        await new Promise<void>((resolve, reject) => {
          const call = request(`${stand.door.url}/v1/sql`, {
            method: 'POST',
            agent,
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          })
          call.once('response', response => {
            ports.add(response.socket.localPort)
            response.resume().once('end', resolve)
          })
          call.once('error', reject)
          call.end(JSON.stringify({ sql: `SELECT ${i}`, purpose: analytics }))
        })
      }
      agent.destroy()
      expect(ports.size).toBe(1)
    })

    test('what anybody may read names no product: rules, metrics', async () => {
      for (const path of ['/v1/bundles', '/metrics', '/readyz', '/openapi.json']) {
        const text =
          path === '/openapi.json'
            ? await (await fetch(stand.door.url + path)).text()
            : (await stand.door.call(path, { method: 'GET' })).text
        expect({ path, named: /lab\.shop|lab\.vault|vault|"wgh"|ledger"/.test(text) }).toEqual({ path, named: false })
      }
      expect((await stand.door.call('/log/audit/checkpoint', { method: 'GET' })).text).toContain('labmesh/lab/a/audit/')
    })

    test('a bundle that is not signed by the domain changes nothing', async () => {
      const before = (await stand.door.call('/v1/bundles', { method: 'GET' })).text
      for (const body of ['', '{}', 'x', '{"payload":"","payloadType":"x","signatures":[]}']) {
        const { status, body: told } = await stand.door.call('/v1/bundles/domain', {
          method: 'PUT',
          body,
          headers: { 'content-type': 'x/y' },
        })
        expect({ body, status, code: told.code }).toEqual({ body, status: 422, code: 'policy.invalid' })
      }
      expect(JSON.parse((await stand.door.call('/v1/bundles', { method: 'GET' })).text)).toMatchObject({
        domain: (JSON.parse(before) as { domain: object }).domain,
      })
    })

    test('a reader who goes away ends the statement, and what had left is recorded', async () => {
      const token = await stand.door.token('ana@staff')
      const gone = new AbortController()
      const response = await fetch(`${stand.door.url}/v1/sql`, {
        method: 'POST',
        headers: { ...ndjson, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ sql: 'SELECT i FROM range(2000000000) t(i)', purpose: analytics }),
        signal: gone.signal,
      })
      const { value } = await response.body!.getReader().read()
      const { receipt } = JSON.parse(Buffer.from(value!).toString('utf8').split('\n')[0]!) as { receipt: { index: number } }
      gone.abort()
      await expect
        .poll(async () => (await entriesIn(stand.auditDir, receipt.index)).find(entry => entry.of === receipt.index), { timeout: 5_000 })
        .toMatchObject({ event: 'ended', code: 'engine.cancelled', bytes: expect.any(Number) })
      expect((await stand.door.sql('ana@staff', analytics, 'SELECT 1')).status).toBe(200)
    })

    test('a product that has no readable version yet is told as such to those who may discover it', async () => {
      const sql = 'SELECT * FROM lab.broken.readings'
      const { status, headers, body } = await stand.door.sql('ana@staff', analytics, sql)
      expect({ status, code: body.code, retry: headers.get('retry-after') }).toEqual({
        status: 503,
        code: 'engine.product_unavailable',
        retry: '1',
      })
      expect((await stand.door.sql('nemo@staff', analytics, sql)).body.code).toBe('query.unknown_table')
    })

    test('who lives, who is ready, what one may discover', async () => {
      expect((await stand.door.call('/livez', { method: 'GET' })).status).toBe(200)
      expect((await stand.door.call('/readyz', { method: 'GET' })).status).toBe(200)
      const authorization = `Bearer ${await stand.door.token('ana@staff')}`
      const { body } = await stand.door.call('/v1/products', { method: 'GET', headers: { authorization } })
      expect(body.products.map(product => product.id).sort()).toEqual(['lab.broken', 'lab.shop', 'lab.wide'])
      const shop = body.products.find(product => product.id === 'lab.shop')!
      expect(shop.tables[0]!.columns.map(column => column.name)).not.toContain('wgh')
    })
  })
}
