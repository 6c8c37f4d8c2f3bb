import { athOf, signProof } from '../../packages/identity/src/testing/proof.ts'
import { testKey } from '../../packages/identity/src/testing/token.ts'
import type { Call, Door } from '../conformance/door/door.ts'
import type { Hostile } from './corpus.ts'

export interface Answered {
  readonly status: number
  readonly text: string
}

/** A gate's door, or what stands for one. */
export interface Wire extends Pick<Door, 'url' | 'token'> {
  call(path: string, call?: Call): Promise<Answered>
  as(who: string, path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answered>
  sql(who: string, purpose: string | undefined, sql: string, more?: object, headers?: Readonly<Record<string, string>>): Promise<Answered>
  raw(bytes: string | Buffer, silence?: number): Promise<Answered>
  /** What the transmitter of the issuer `staff` sends in `Authorization`. */
  readonly transmitter: string
}

export type Send = (door: Wire, hostile: Hostile) => Promise<Answered>

export const who = 'ana@staff'
export const purpose = 'analytics'
export const bearer = async (door: Wire): Promise<string> => `Bearer ${await door.token(who)}`

/** As bytes of a header or a request line, whatever they are: over a socket of our own. */
export const rawly = async (door: Wire, line: string, header: string): Promise<Answered> =>
  door.raw(
    Buffer.from(
      `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n${header}\r\nContent-Length: 51\r\n\r\n${'{"sql": "SELECT 1 AS a", "purpose": "analytics"}'.padEnd(51)}`,
    ),
    3_000,
  )

/** Of no session: whoever asks with it has their proof read before anybody is told so. */
export const handle = `svg_session_${'A'.repeat(43)}`
const proofKey = testKey('attack')

export const signed = (door: Wire, claim: string, sql: string): string => {
  const claims = {
    jti: crypto.randomUUID(),
    htm: 'GET',
    htu: `${door.url}/v1/whoami`,
    iat: Math.floor(Date.now() / 1_000),
    ath: athOf(handle),
  }
  return signProof({ ...claims, [claim]: sql }, proofKey)
}
export const proven = (door: Wire, dpop: string): Promise<Answered> =>
  door.call('/v1/whoami', { method: 'GET', headers: { authorization: `DPoP ${handle}`, dpop } })

/** Opens one for that reason, and ends it: a subject has few. */
export async function reasonOfSession(door: Wire, sql: string): Promise<Answered> {
  const opened = await door.as(who, '/v1/sessions', { purpose, reason: sql })
  const session = /"session":"(svg_session_[\w-]+)"/.exec(opened.text)?.[1]
  if (session !== undefined) await ended(door, session)
  return opened
}
export const ended = async (door: Wire, session: string): Promise<Answered> =>
  door.call(`/v1/sessions/${session}`, { method: 'DELETE', headers: { authorization: await bearer(door) } })

export const pushed = (door: Wire, authorization: string, body: string): Promise<Answered> =>
  door.call('/v1/signals/staff', { body, headers: { authorization, 'content-type': 'application/secevent+jwt' } })
export const delivered = (door: Wire, body: string): Promise<Answered> =>
  door.call('/v1/bundles/domain', { method: 'PUT', body, headers: { 'content-type': 'application/json' } })
export const recorded = (door: Wire, body: string): Promise<Answered> =>
  door.call('/v1/devices', { body, headers: { 'content-type': 'application/jwt' } })

const inBase64 = (text: string): string => Buffer.from(text).toString('base64url')
/** A JWS that says it, in each of its parts. */
export const compact = (typ: string, sql: string): string =>
  [JSON.stringify({ typ, alg: 'EdDSA', kid: sql }), JSON.stringify({ iss: sql, jti: sql, sub: sql, aud: sql }), sql].map(inBase64).join('.')

/** `encodeURIComponent` takes no half of a pair. */
export const wellFormed = (text: string): string => text.toWellFormed()
