import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Stand } from './stand.ts'

const key = fc.constantFrom('sql', 'purpose', 'parameters', 'reason', 'resource', 'limit', 'session', '__proto__', 'toString', 'x')
const word = fc.constantFrom(
  'SELECT',
  'FROM',
  '*',
  ',',
  '(',
  ')',
  'lab.shop.orders',
  'total',
  'WHERE',
  '1',
  "'",
  '"',
  ';',
  '--',
  '$1',
  '::',
  'NULL',
  'GROUP BY',
  '{',
  '[',
)
const sql = fc.oneof(
  fc.array(word, { maxLength: 12 }).map(words => words.join(' ')),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const value = fc.oneof(sql, fc.jsonValue(), fc.constantFrom('analytics', 'support', 'lab.shop', 'lab.shop.orders.total', 10_000, -1))
const body = fc.oneof(
  fc.record({ sql, purpose: fc.constantFrom('analytics', 'support') }),
  fc.record({ sql, purpose: fc.constant('analytics'), parameters: fc.jsonValue() }),
  fc.dictionary(key, value),
  fc.jsonValue(),
)
const path = fc.constantFrom('/v1/sql', '/v1/sql', '/v1/why', '/v1/who-saw')
const accept = fc.constantFrom('application/json', 'application/x-ndjson', '*/*', 'text/html', ';;,,q=', 'application/json;q=x')
const who = fc.constantFrom('ana@staff', 'ana@staff', 'uma@staff', 'ivo@staff', 'nemo@staff')

const method = fc.constantFrom('POST', 'GET', 'PUT', 'OPTIONS', 'TRACE', 'HEAD', 'PROPFIND', 'QUERY', 'post', '\x00', 'CONNECT')
const target = fc.oneof(
  fc.constantFrom(
    '/v1/sql',
    '/readyz',
    '/v1/products',
    '/log/audit/checkpoint',
    '/log/audit/tile/entries/000.p/1',
    '*',
    '//',
    '/%',
    '/%ff',
    'http://x/v1/sql',
  ),
  fc.webPath(),
  fc.string({ maxLength: 20 }),
)
const header = fc.oneof(
  fc.constantFrom(
    'Content-Type: application/json',
    'Content-Length: 3',
    'Expect: 100-continue',
    'Upgrade: h2c',
    'Authorization: Bearer a.b.c',
    'Accept: *',
  ),
  fc.tuple(fc.string({ maxLength: 10 }), fc.string({ maxLength: 10 })).map(pair => pair.join(': ')),
)
const raw = fc
  .tuple(method, target, fc.array(header, { maxLength: 4 }), fc.string({ maxLength: 30 }))
  .map(([verb, at, headers, rest]) => [`${verb} ${at} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', rest].join('\r\n'))

/** Codes that say that something of ours is broken or missing, not that the request does not fit. */
const ours = /^(internal|engine|ledger)\./

export function fuzz(stand: Stand): void {
  describe('whatever is sent', () => {
    test('a body never brings the gate to a fault, and each answer is as documented', async () => {
      await fc.assert(
        fc.asyncProperty(path, body, accept, who, async (at, sent, accepted, asks) => {
          const told = await stand.door.as(asks, at, { ...(Object(sent) as object) }, { accept: accepted })
          expect({ sent, status: told.status < 500, code: ours.test(told.body?.code ?? '') }).toEqual({ sent, status: true, code: false })
        }),
        { numRuns: 300, seed: 20_100, interruptAfterTimeLimit: 15_000, markInterruptAsFailure: false },
      )
    }, 30_000)

    test('nor do bytes', async () => {
      await fc.assert(
        fc.asyncProperty(raw, async bytes => {
          const { status, body: told } = await stand.door.raw(bytes, 150)
          expect({ bytes, status: status < 500 }).toEqual({ bytes, status: true })
          if (status >= 400 && told.startsWith('{'))
            expect(JSON.parse(told)).toMatchObject({ code: expect.stringMatching(/^(request|identity)\./) })
        }),
        { numRuns: 200, seed: 20_101, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false },
      )
      expect((await stand.door.sql('ana@staff', 'analytics', 'SELECT 1')).status).toBe(200)
    }, 30_000)
  })
}
