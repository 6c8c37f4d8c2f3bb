import { describe, expect, test } from 'vitest'
import type { Stand } from './stand.ts'

const good = '{"sql":"SELECT 1","purpose":"analytics"}'

const badBodies: readonly (readonly [name: string, body: string])[] = [
  ['empty', ''],
  ['blank', '   '],
  ['not JSON', '{"sql": SELECT 1}'],
  ['cut off', '{"sql":"SELECT 1"'],
  ['a number', '1'],
  ['null', 'null'],
  ['a list', '[]'],
  ['no sql', '{"purpose":"analytics"}'],
  ['an empty sql', '{"sql":"","purpose":"analytics"}'],
  ['sql that is no text', '{"sql":["SELECT 1"],"purpose":"analytics"}'],
  ['an unknown field', '{"sql":"SELECT 1","purpose":"analytics","role":"admin"}'],
  ['a parameter that is an object', '{"sql":"SELECT $1","purpose":"analytics","parameters":[{"a":1}]}'],
  ['a parameter beyond a double', '{"sql":"SELECT $1","purpose":"analytics","parameters":[1e999]}'],
  ['a lone surrogate in sql', String.raw`{"sql":"SELECT '\ud800'","purpose":"analytics"}`],
  ['a lone surrogate in a parameter', String.raw`{"sql":"SELECT $1","purpose":"analytics","parameters":["\udc00"]}`],
  ['a lone surrogate in a reason', String.raw`{"sql":"SELECT 1","purpose":"analytics","reason":"\ud800"}`],
  ['NUL in sql', String.raw`{"sql":"SELECT 1\u0000","purpose":"analytics"}`],
  ['__proto__', '{"sql":"SELECT 1","purpose":"analytics","__proto__":{"a":1}}'],
  ['constructor.prototype', '{"sql":"SELECT 1","purpose":"analytics","constructor":{"prototype":{"a":1}}}'],
  ['a parameter named __proto__', '{"sql":"SELECT 1","purpose":"analytics","parameters":{"__proto__":1}}'],
  ['deep', `{"sql":"SELECT 1","parameters":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['deep objects', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
]

export function requests(stand: Stand): void {
  const head = async (more: readonly string[] = [], path = '/v1/sql'): Promise<string> =>
    [
      `POST ${path} HTTP/1.1`,
      'Content-Type: application/json',
      `Authorization: Bearer ${await stand.door.token('ana@staff')}`,
      ...more,
    ].join('\r\n')
  const withBody = async (more: readonly string[], body = good): Promise<string> =>
    `${await head([...more, `Content-Length: ${Buffer.byteLength(body)}`, 'Connection: close'])}\r\n\r\n${body}`
  const refusedWith = async (bytes: string): Promise<{ status: number; code: string | undefined }> => {
    const { status, body } = await stand.door.raw(bytes)
    return { status, code: body.startsWith('{') ? (JSON.parse(body) as { code?: string }).code : undefined }
  }

  describe('requests that do not fit', () => {
    test.each(badBodies)('a body: %s', async (_name, body) => {
      const headers = { authorization: `Bearer ${await stand.door.token('ana@staff')}`, 'content-type': 'application/json' }
      for (const path of ['/v1/sql', '/v1/why', '/v1/who-saw', '/v1/who-can', '/v1/see-as', '/v1/replay']) {
        const told = await stand.door.call(path, { body, headers })
        expect({ path, status: told.status, code: told.body.code }).toEqual({ path, status: 400, code: 'request.malformed' })
      }
    })

    test('a content type that is not JSON', async () => {
      const authorization = `Bearer ${await stand.door.token('ana@staff')}`
      for (const type of [
        'text/plain',
        'application/xml',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'json',
      ]) {
        const { status, body } = await stand.door.call('/v1/sql', { body: good, headers: { authorization, 'content-type': type } })
        expect({ type, status, code: body.code }).toEqual({ type, status: 400, code: 'request.malformed' })
      }
    })

    test('a body, statement, reason or list of parameters that is too large is 413', async () => {
      for (const more of [
        { sql: `SELECT '${'x'.repeat(1_100_000)}'` },
        { sql: `SELECT '${'x'.repeat(70_000)}'` },
        { reason: 'x'.repeat(2_000) },
        { parameters: Array.from({ length: 300 }, () => 1) },
      ]) {
        const { status, body } = await stand.door.as('ana@staff', '/v1/sql', { sql: 'SELECT 1', purpose: 'analytics', ...more })
        expect({ status, code: body.code }).toEqual({ status: 413, code: 'request.too_large' })
      }
    })

    test('headers that are too large are 431, as a problem document', async () => {
      expect(await refusedWith(await withBody(['Host: x', `X-Long: ${'x'.repeat(40_000)}`]))).toEqual({
        status: 431,
        code: 'request.header_too_large',
      })
    })

    test('a method that an address does not take is 405 with Allow; an address that does not exist is 404', async () => {
      const tries = [
        ['GET', '/v1/sql', 'POST'],
        ['DELETE', '/v1/why?x=1', 'POST'],
        ['PUT', '/v1/who-saw', 'POST'],
        ['PUT', '/v1/who-can', 'POST'],
        ['GET', '/v1/see-as', 'POST'],
        ['GET', '/v1/replay', 'POST'],
        ['POST', '/v1/products', 'GET, HEAD'],
        ['PATCH', '/readyz', 'GET, HEAD'],
        ['POST', '/v1/bundles/domain', 'PUT'],
        ['DELETE', '/log/audit/checkpoint', 'GET, HEAD'],
      ] as const
      for (const [method, path, allow] of tries) {
        const { status, body, headers } = await stand.door.call(path, { method, headers: { 'content-type': 'text/odd' } })
        expect({ path, status, code: body.code, allow: headers.get('allow') }).toEqual({ path, status: 405, code: 'request.method', allow })
      }
      for (const path of [
        '/',
        '/v1',
        '/v1/sql/',
        '/V1/SQL',
        '/v1/%73ql/..',
        '/log/audit/../../keys',
        '/log/other/checkpoint',
        '/log/audit/wal/0',
      ]) {
        const { status, code } = await refusedWith(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
        expect({ path, status, code }).toEqual({ path, status: 404, code: 'request.not_found' })
      }
    })
  })

  describe('headers, byte for byte', () => {
    test('no token, two tokens, odd ones', async () => {
      const line = `Content-Length: ${good.length}`
      const start = ['POST /v1/sql HTTP/1.1', 'Host: x', 'Content-Type: application/json', line, 'Connection: close']
      const ask = (...headers: readonly string[]): Promise<unknown> => refusedWith(`${[...start, ...headers].join('\r\n')}\r\n\r\n${good}`)
      const token = await stand.door.token('ana@staff')
      expect(await ask()).toEqual({ status: 401, code: 'identity.missing' })
      expect(await ask(`X_Authorization: Bearer ${token}`)).toEqual({ status: 401, code: 'identity.missing' })
      expect(await ask(`Authorization: Bearer ${token}`)).toEqual({ status: 200, code: undefined })
      for (const odd of [
        [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`],
        [`Authorization: Bearer ${token}`, 'authorization: '],
        [`Authorization: Bearer ${token}, Bearer ${token}`],
        [`Authorization: Bearer  ${token}`],
        [`Authorization: ${token}`],
        ['Authorization: Basic YTpi'],
        ['Authorization: Bearer'],
        [`Authorization: Bearer ${token} x`],
      ])
        expect(await ask(...odd)).toEqual({ status: 400, code: 'request.header' })
      expect(await ask('Authorization: Bearer a.b.c')).toEqual({ status: 401, code: 'identity.malformed' })
      expect(await ask(`Authorization: Bearer ${token.slice(0, -3)}AAA`)).toMatchObject({ status: 401 })
    })

    test('none or two of Host; framing that two readers could see differently', async () => {
      const tries: readonly (readonly [string, number])[] = [
        [await withBody([]), 400],
        [await withBody(['Host: x', 'Host: x']), 400],
        [await withBody(['Host: x', 'Transfer-Encoding: chunked']), 400],
        [await withBody(['Host: x', 'Content-Length: 1']), 400],
        [`${await head(['Host: x', 'Content-Length: +5'])}\r\n\r\n${good}`, 400],
        [`${await head(['Host: x', 'Content-Length: 5, 5'])}\r\n\r\n${good}`, 400],
        [`${await head(['Host: x', 'X-Folded: a\r\n b', `Content-Length: ${good.length}`])}\r\n\r\n${good}`, 400],
        [`${await head(['Host: x', 'X-Nul: a\0b', `Content-Length: ${good.length}`])}\r\n\r\n${good}`, 400],
        [`${await head(['Host: x', 'X Space: a', `Content-Length: ${good.length}`])}\r\n\r\n${good}`, 400],
        [`${await head(['Host: x', 'Transfer-Encoding: chunked'])}\r\n\r\nzz\r\n`, 400],
        ['GET /readyz HTTP/9.9\r\nHost: x\r\n\r\n', 400],
        ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
      ]
      for (const [bytes, expected] of tries) {
        const { status, body } = await stand.door.raw(bytes)
        expect({ bytes: bytes.slice(0, 400), status }).toEqual({ bytes: bytes.slice(0, 400), status: expected })
        expect(JSON.parse(body)).toMatchObject({ status: expected, code: expect.stringMatching(/^request\.(malformed|header)$/) })
      }
    })

    test('the transfer encoding is chunked or none', async () => {
      const { status } = await stand.door.raw(
        `${await head(['Host: x', 'Transfer-Encoding: xchunked', 'Connection: close'])}\r\n\r\n${good.length.toString(16)}\r\n${good}\r\n0\r\n\r\n`,
      )
      expect(status).toBe(400)
    })
  })
}
