import { isBoundedText } from '../claims.ts'
import { type Jws, JwsRefusal, parseJws } from '../jws.ts'
import type { StrictJson, StrictObject } from '../strict-json.ts'
import { isStrictObject } from '../strict-json.ts'
import { refuseSignal } from './refusal.ts'

/** A Security Event Token (RFC 8417) as SSF 1.0 profiles it, read but not verified: nothing in it is true yet. */
export interface SecurityEventToken extends Jws {
  readonly alg: string
  readonly kid: string
}

/** What such a token says, once it is verified. Seconds since 1970. */
export interface EventClaims {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly tokenId: string
  readonly issuedAt: number
  /** The URI of the event's type. */
  readonly type: string
  readonly event: StrictObject
  readonly subject: StrictObject
}

/** Characters of a token. */
export const maxEventLength = 16 * 1024
const maxKeyIdLength = 256
const maxAudiences = 8
const maxTypeLength = 512

/** As of access tokens: nothing that brings a key or changes how the text is read. */
const headerParameters = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256'])
/** RFC 8417 section 2.3. */
const types = new Set(['secevent+jwt', 'application/secevent+jwt'])
/** SSF 1.0 forbids both: with them a token of another kind could pass for an event, or an event for such a token. */
const forbidden = ['sub', 'exp']

/** Throws `signal.malformed`; no error carries a part of the token. */
// attacker-controlled: text
export function parseSecurityEventToken(text: string): SecurityEventToken {
  try {
    const jws = parseJws(text, maxEventLength)
    return { ...jws, ...parseHeader(jws.header) }
  } catch (error) {
    if (error instanceof JwsRefusal) return refuseSignal('signal.malformed', error.message)
    throw error
  }
}

function parseHeader(header: StrictObject): { alg: string; kid: string } {
  const { alg, typ, kid } = header
  if (!Object.keys(header).every(name => headerParameters.has(name))) throw new JwsRefusal('a header parameter that is not taken')
  if (typeof typ !== 'string' || !types.has(typ)) throw new JwsRefusal('typ')
  if (typeof alg !== 'string') throw new JwsRefusal('alg')
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKeyIdLength) throw new JwsRefusal('kid')
  return { alg, kid }
}

/** Throws `signal.claims`. */
export function readEventClaims(payload: StrictObject): EventClaims {
  for (const name of forbidden) if (payload[name] !== undefined) refuseSignal('signal.claims', name)
  const { iss, aud, jti, iat, events, sub_id: subject } = payload
  if (!isBoundedText(iss)) return refuseSignal('signal.claims', 'iss')
  if (!isBoundedText(jti)) return refuseSignal('signal.claims', 'jti')
  if (typeof iat !== 'number' || !Number.isSafeInteger(iat) || iat < 0) return refuseSignal('signal.claims', 'iat')
  if (!isStrictObject(subject)) return refuseSignal('signal.claims', 'sub_id')
  return { issuer: iss, audience: readAudience(aud), tokenId: jti, issuedAt: iat, ...readEvent(events), subject }
}

/** Empty where there is none: it is for nobody. */
function readAudience(value: StrictJson | undefined): readonly string[] {
  if (value === undefined) return []
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list) || list.length > maxAudiences || !list.every(isBoundedText)) return refuseSignal('signal.claims', 'aud')
  return list
}

/** One event in each token (SSF 1.0 section 4.1.8; the CAEP interoperability profile). */
function readEvent(events: StrictJson | undefined): { type: string; event: StrictObject } {
  if (!isStrictObject(events)) return refuseSignal('signal.claims', 'events')
  const [[type, event] = [], ...others] = Object.entries(events)
  if (type === undefined || others.length > 0) return refuseSignal('signal.claims', 'not one event')
  if (type === '' || type.length > maxTypeLength || !isStrictObject(event)) return refuseSignal('signal.claims', 'event')
  return { type, event }
}
