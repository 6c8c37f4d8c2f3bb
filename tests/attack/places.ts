import type { Door, Told } from '../conformance/door/door.ts'
import type { Hostile } from './corpus.ts'

type Send = (door: Door, hostile: Hostile) => Promise<Told | { readonly status: number; readonly text: string }>

const who = 'ana@staff'
const purpose = 'analytics'
const quotedText = (text: string): string => `'${text.replaceAll("'", "''")}'`
const quotedName = (text: string): string => `"${text.replaceAll('"', '""')}"`
const bearer = async (door: Door): Promise<string> => `Bearer ${await door.token(who)}`

/** As bytes of a header or a request line, whatever they are: over a socket of our own. */
const rawly = async (door: Door, line: string, header: string): Promise<{ status: number; text: string }> =>
  door.raw(
    Buffer.from(
      `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n${header}\r\nContent-Length: 51\r\n\r\n${'{"sql": "SELECT 1 AS a", "purpose": "analytics"}'.padEnd(51)}`,
    ),
    3_000,
  )

/** Every place of the wire that takes a string from outside. */
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
  'the whole body': async (door, { sql }) =>
    door.call('/v1/sql', { body: sql, headers: { authorization: await bearer(door), 'content-type': 'application/json' } }),
  'what is audited': (door, { sql }) => door.as(who, '/v1/who-saw', { resource: sql }),
  'an audited column': (door, { sql }) => door.as(who, '/v1/who-saw', { resource: `lab.words.said.${sql}` }),
  'who may see it': (door, { sql }) => door.as(who, '/v1/who-can', { resource: `lab.words.said.${sql}`, purpose: sql }),
  'whom it is asked about': (door, { sql }) => door.as(who, '/v1/see-as', { login: sql, table: 'lab.words.said' }),
  'through whom it is asked': (door, { sql }) => door.as(who, '/v1/see-as', { login: 'ana', agents: [sql], table: 'lab.words.said' }),
  'the path': async (door, { sql }) =>
    door.call(`/v1/${encodeURIComponent(wellFormed(sql))}`, { method: 'GET', headers: { authorization: await bearer(door) } }),
  'the path of a log': (door, { sql }) => door.call(`/log/audit/${encodeURIComponent(wellFormed(sql))}`, { method: 'GET' }),
  'the name of a log': (door, { sql }) => door.call(`/log/${encodeURIComponent(wellFormed(sql))}/checkpoint`, { method: 'GET' }),
  'the query of an address': async (door, { sql }) =>
    door.call(`/v1/products?${encodeURIComponent(wellFormed(sql))}=x`, { method: 'GET', headers: { authorization: await bearer(door) } }),
  'the token': (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: Bearer ${sql}`),
  'the media types': async (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nAccept: ${sql}`),
  'a header of no meaning': async (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nX-Odd: ${sql}`),
  'the name of a header': async (door, { sql }) => rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\n${sql}: x`),
  'the request line': (door, { sql }) => rawly(door, sql, 'X-Odd: x'),
  'a forwarded host': async (door, { sql }) =>
    rawly(door, 'POST /v1/sql', `Authorization: ${await bearer(door)}\r\nX-Forwarded-Host: ${sql}\r\nTraceparent: ${sql}`),
}

/** `encodeURIComponent` takes no half of a pair. */
const wellFormed = (text: string): string => text.toWellFormed()
