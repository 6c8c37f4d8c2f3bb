import type { TokenForm } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import { type Jws, JwsRefusal, parseJws } from './jws.ts'
import type { StrictObject } from './strict-json.ts'

/** An access token, read but not verified: nothing in it is true yet. */
export interface CompactToken extends Jws {
  readonly alg: string
  readonly kid: string
  /** By `typ`. */
  readonly type: TokenForm['type']
}

/** Characters of a token. */
const maxLength = 16 * 1024
const maxKeyIdLength = 256

/**
 * The header parameters that are taken; every other one is refused, so no `jku`, `jwk`, `x5u`, `x5c`,
 * `crit`, `b64` or `zip` is ever looked at. The thumbprints are not looked at either.
 */
const headerParameters = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256'])
/** RFC 9068 section 2.1; what is less than that an issuer's form must say. No event, proof or other token is an access token. */
const types: Readonly<Record<string, TokenForm['type']>> = { 'at+jwt': 'at+jwt', 'application/at+jwt': 'at+jwt', JWT: 'JWT' }

/** Throws `identity.malformed`; no error carries a part of the token. */
// attacker-controlled: text
export function parseCompactToken(text: string): CompactToken {
  try {
    const jws = parseJws(text, maxLength)
    return { ...jws, ...parseHeader(jws.header) }
  } catch (error) {
    if (error instanceof JwsRefusal) throw new SelvageError('identity.malformed', { cause: new Error(`token: ${error.message}`) })
    throw error
  }
}

function parseHeader(header: StrictObject): Pick<CompactToken, 'alg' | 'kid' | 'type'> {
  const { alg, typ, kid } = header
  if (!Object.keys(header).every(name => headerParameters.has(name))) throw new JwsRefusal('a header parameter that is not taken')
  const type = typ === undefined ? 'none' : typeof typ === 'string' && Object.hasOwn(types, typ) ? types[typ] : undefined
  if (type === undefined) throw new JwsRefusal('typ')
  if (typeof alg !== 'string') throw new JwsRefusal('alg')
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKeyIdLength) throw new JwsRefusal('kid')
  return { alg, kid, type }
}
