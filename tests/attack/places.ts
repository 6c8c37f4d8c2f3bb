import type { Hostile } from './corpus.ts'
import {
  bearer,
  compact,
  delivered,
  ended,
  handle,
  proven,
  purpose,
  pushed,
  rawly,
  reasonOfSession,
  recorded,
  type Send,
  signed,
  type Wire,
  wellFormed,
  who,
} from './wire.ts'

const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`
const quotedName = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** Whatever takes a document is sent what is none. */
const documents = ['sql', 'why', 'sessions', 'whoami', 'who-saw', 'who-can', 'see-as', 'replay']
const wholeBodies: Readonly<Record<string, Send>> = Object.fromEntries(
  documents.map(name => [
    `the whole body of ${name}`,
    async (door: Wire, { sql }: Hostile) =>
      door.call(`/v1/${name}`, { body: sql, headers: { authorization: await bearer(door), 'content-type': 'application/json' } }),
  ]),
)

/** Every place of the wire that takes a string from outside; `places-whole.test.ts` holds them against what the door says that it takes. */
export const places: Readonly<Record<string, Send>> = {
  'the statement': (door, { sql, parameters }) => door.sql(who, purpose, sql, parameters === undefined ? {} : { parameters }),
  'the statement of a stream': (door, { sql, parameters }) =>
    door.sql(who, purpose, sql, parameters === undefined ? {} : { parameters }, { accept: 'application/x-ndjson' }),
  'a statement to explain': (door, { sql }) => door.as(who, '/v1/why', { sql, purpose }),
  'a text literal': (door, { sql }) => door.sql(who, purpose, `SELECT ${quotedText(sql)} AS a`),
  'a name': (door, { sql }) => door.sql(who, purpose, `SELECT 1 AS ${quotedName(sql)}`),
  'the name of a column': (door, { sql }) => door.sql(who, purpose, `SELECT ${quotedName(sql)} FROM lab.words.said`),
  'the name of a table': (door, { sql }) => door.sql(who, purpose, `SELECT * FROM lab.words.${quotedName(sql)}`),
  'the name of a function': (door, { sql }) => door.sql(who, purpose, `SELECT ${quotedName(sql)}(1)`),
  'the name of a CTE': (door, { sql }) =>
    door.sql(who, purpose, `WITH ${quotedName(sql)} AS (SELECT 1 AS a) SELECT a FROM ${quotedName(sql)}`),
  'a comment': (door, { sql }) => door.sql(who, purpose, `SELECT 1 AS a /* ${sql.replaceAll('*/', '* /').replaceAll('/*', '/ *')} */`),
  'a pattern': (door, { sql }) => door.sql(who, purpose, `SELECT regexp_matches('x', $1) AS a, 'x' LIKE $1 AS b`, { parameters: [sql] }),
  'the value of a parameter': (door, { sql }) =>
    door.sql(who, purpose, 'SELECT $1 AS a, count(*) FROM lab.words.said WHERE text = $1', { parameters: [sql] }),
  'the value of a named parameter': (door, { sql }) => door.sql(who, purpose, 'SELECT $a AS a', { parameters: { a: sql } }),
  'the name of a parameter': (door, { sql }) => door.sql(who, purpose, 'SELECT 1 AS a', { parameters: { [sql]: 1 } }),
  'a key of the body': (door, { sql }) => door.sql(who, purpose, 'SELECT 1 AS a', { [sql]: sql }),
  'the purpose': (door, { sql }) => door.sql(who, sql, 'SELECT 1 AS a'),
  'the reason': (door, { sql }) => door.sql(who, purpose, 'SELECT 1 AS a', { reason: sql }),
  'the session': (door, { sql }) => door.sql(who, undefined, 'SELECT 1 AS a', { session: sql }),
  'a parameter to explain': (door, { sql }) =>
    door.as(who, '/v1/why', { sql: 'SELECT $a AS a', parameters: { a: sql, [sql]: sql }, purpose }),
  'a list of parameters to explain': (door, { sql }) => door.as(who, '/v1/why', { sql: 'SELECT $1 AS a', parameters: [sql], purpose }),
  'the purpose to explain': (door, { sql }) => door.as(who, '/v1/why', { sql: 'SELECT 1 AS a', purpose: sql }),
  'the session to explain': (door, { sql }) => door.as(who, '/v1/why', { sql: 'SELECT 1 AS a', session: sql }),
  'the reason to explain': (door, { sql }) => door.as(who, '/v1/why', { sql: 'SELECT 1 AS a', purpose, reason: sql }),
  'the purpose of a session': (door, { sql }) => door.as(who, '/v1/sessions', { purpose: sql }),
  'the reason of a session': (door, { sql }) => reasonOfSession(door, sql),
  'the session to end': (door, { sql }) => ended(door, encodeURIComponent(wellFormed(sql))),
  'the session that one is asked of': (door, { sql }) => door.as(who, '/v1/whoami', { session: sql }),
  'a key of what is to be replayed': (door, { sql }) => door.as(who, '/v1/replay', { index: 0, [sql]: sql }),
  ...wholeBodies,
  'a record of a device': (door, { sql }) => recorded(door, sql),
  'what a record of a device says': (door, { sql }) => recorded(door, compact('device-posture+jwt', sql)),
  'whose event it is': (door, { sql }) =>
    door.call(`/v1/signals/${encodeURIComponent(wellFormed(sql))}`, {
      body: 'x',
      headers: { authorization: door.transmitter, 'content-type': 'application/secevent+jwt' },
    }),
  'who sends an event': (door, { sql }) => rawly(door, 'POST /v1/signals/staff', `Authorization: ${sql}`),
  'an event': (door, { sql }) => pushed(door, door.transmitter, sql),
  'what an event says': (door, { sql }) => pushed(door, door.transmitter, compact('secevent+jwt', sql)),
  'a bundle': (door, { sql }) => delivered(door, sql),
  'what a bundle says': (door, { sql }) =>
    delivered(
      door,
      JSON.stringify({ payloadType: sql, payload: Buffer.from(sql).toString('base64'), signatures: [{ keyid: sql, sig: sql }] }),
    ),
  'what is audited': (door, { sql }) => door.as(who, '/v1/who-saw', { resource: sql }),
  'an audited column': (door, { sql }) => door.as(who, '/v1/who-saw', { resource: `lab.words.said.${sql}` }),
  'for what it was seen': (door, { sql }) => door.as(who, '/v1/who-saw', { resource: 'lab.words.said', purpose: sql }),
  'who may see it': (door, { sql }) => door.as(who, '/v1/who-can', { resource: `lab.words.said.${sql}`, purpose: sql }),
  'whom it is asked about': (door, { sql }) => door.as(who, '/v1/see-as', { login: sql, table: 'lab.words.said' }),
  'the table that is asked about': (door, { sql }) => door.as(who, '/v1/see-as', { login: 'ana', table: sql }),
  'through whom it is asked': (door, { sql }) => door.as(who, '/v1/see-as', { login: 'ana', agents: [sql], table: 'lab.words.said' }),
  'the path': async (door, { sql }) =>
    door.call(`/v1/${encodeURIComponent(wellFormed(sql))}`, { method: 'GET', headers: { authorization: await bearer(door) } }),
  'the path of a log': (door, { sql }) => door.call(`/log/audit/${encodeURIComponent(wellFormed(sql))}`, { method: 'GET' }),
  'the name of a log': (door, { sql }) => door.call(`/log/${encodeURIComponent(wellFormed(sql))}/checkpoint`, { method: 'GET' }),
  'the query of an address': async (door, { sql }) =>
    door.call(`/v1/products?${encodeURIComponent(wellFormed(sql))}=x`, { method: 'GET', headers: { authorization: await bearer(door) } }),
  'the token': (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: Bearer ${sql}`),
  'a proof': (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: DPoP ${handle}\r\nDPoP: ${sql}`),
  'the id of a proof': (door, { sql }) => proven(door, signed(door, 'jti', sql)),
  'the nonce of a proof': (door, { sql }) => proven(door, signed(door, 'nonce', sql)),
  'the address of a proof': (door, { sql }) => proven(door, signed(door, 'htu', sql)),
  'the handle of a proof': (door, { sql }) =>
    rawly(door, 'POST /v1/sql', `Authorization: DPoP ${sql}\r\nDPoP: ${signed(door, 'jti', 'x')}`),
  'the type of a body': async (door, { sql }) =>
    rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nContent-Type: ${sql}`),
  'the origin of a page': async (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nOrigin: ${sql}`),
  'the host': (door, { sql }) => door.raw(Buffer.from(`GET /livez HTTP/1.1\r\nHost: ${sql}\r\nConnection: close\r\n\r\n`), 3_000),
  'the media types': async (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nAccept: ${sql}`),
  'a header of no meaning': async (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nX-Odd: ${sql}`),
  'the name of a header': async (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\n${sql}: x`),
  'the request line': (door, { sql }) => rawly(door, sql, 'X-Odd: x'),
  'a forwarded host': async (door, { sql }) =>
    rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nX-Forwarded-Host: ${sql}\r\nTraceparent: ${sql}`),
}
