import { SelvageError } from '@selvage/kernel/model'
import { isStrictObject, JsonRefusal, parseStrictJson, type StrictObject } from './strict-json.ts'

/** A JWS in compact form (RFC 7515 section 7.1), read but not verified: nothing in it is true yet. */
export interface CompactToken {
  readonly text: string
  readonly alg: string
  readonly kid: string
  readonly payload: StrictObject
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

/**
 * Reads a token that has one reading only: one text for each token, one value for each name. Throws
 * `identity.malformed`; no error carries a part of the token.
 */
// attacker-controlled: text
export function parseCompactToken(text: string): CompactToken {
  if (typeof text !== 'string' || text.length > maxLength) return refuse('too long')
  const parts = text.split('.', 4)
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return refuse('not three parts')
  decode(signature)
  return { text, ...parseHeader(parseObject(header)), payload: parseObject(payload) }
}

function parseHeader(header: StrictObject): { alg: string; kid: string } {
  const { alg, typ, kid } = header
  if (!Object.keys(header).every(name => headerParameters.has(name))) return refuse('a header parameter that is not taken')
  if (typeof typ !== 'string' || !types.has(typ)) return refuse('typ')
  if (typeof alg !== 'string') return refuse('alg')
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKeyIdLength) return refuse('kid')
  return { alg, kid }
}

function parseObject(part: string): StrictObject {
  try {
    const value = parseStrictJson(utf8.decode(decode(part)))
    return isStrictObject(value) ? value : refuse('not an object')
  } catch (error) {
    if (error instanceof JsonRefusal) return refuse(error.message)
    if (error instanceof TypeError) return refuse('not UTF-8')
    throw error
  }
}

/** A byte order mark is kept, and so refused as JSON. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Canonical base64url without padding: alphabet, length and unused bits as RFC 4648 sections 3.5 and 5 have them. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (part === '' || bytes.toString('base64url') !== part) return refuse('base64url')
  return bytes
}

function refuse(what: string): never {
  throw new SelvageError('identity.malformed', { cause: new Error(`token: ${what}`) })
}
