import { SelvageError } from '@selvage/kernel/model'
import { type Jws, JwsRefusal, parseJws } from './jws.ts'
import type { StrictObject } from './strict-json.ts'

/** An access token, read but not verified: nothing in it is true yet. */
export interface CompactToken extends Jws {
  readonly alg: string
  readonly kid: string
}

/** Characters of a token. */
const maxLength = 16 * 1024
const maxKeyIdLength = 256

/**
 * The header parameters that are taken; every other one is refused, so no `jku`, `jwk`, `x5u`, `x5c`,
 * `crit`, `b64` or `zip` is ever looked at. The thumbprints are not looked at either.
 */
const headerParameters = new Set(['alg', 'typ', 'kid', 'x5t', 'x5t#S256'])
/** RFC 9068 section 2.1. */
const types = new Set(['at+jwt', 'application/at+jwt'])

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

function parseHeader(header: StrictObject): { alg: string; kid: string } {
  const { alg, typ, kid } = header
  if (!Object.keys(header).every(name => headerParameters.has(name))) throw new JwsRefusal('a header parameter that is not taken')
  if (typeof typ !== 'string' || !types.has(typ)) throw new JwsRefusal('typ')
  if (typeof alg !== 'string') throw new JwsRefusal('alg')
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKeyIdLength) throw new JwsRefusal('kid')
  return { alg, kid }
}
