import { isStrictObject, JsonRefusal, parseStrictJson, type StrictObject } from './strict-json.ts'

/** A JWS in compact form (RFC 7515 section 7.1), read but not verified: nothing in it is true yet. */
export interface Jws {
  readonly text: string
  readonly header: StrictObject
  readonly payload: StrictObject
  readonly signature: Buffer
  /** What is signed: ASCII. */
  readonly input: string
}

/** What is wrong with the text, never a part of the text. */
export class JwsRefusal extends Error {}

/**
 * Reads a JWS that has one reading only: one text for each, one value for each name. Throws `JwsRefusal`.
 * @param maxLength characters of the text
 */
// attacker-controlled: text
export function parseJws(text: string, maxLength: number): Jws {
  if (typeof text !== 'string' || text.length > maxLength) return refuse('too long')
  const parts = text.split('.', 4)
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return refuse('not three parts')
  return {
    text,
    signature: decode(signature),
    header: parseObject(header),
    payload: parseObject(payload),
    input: text.slice(0, header.length + 1 + payload.length),
  }
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
  throw new JwsRefusal(what)
}
