import { sign, verify } from 'node:crypto'
import { parseBase64 } from './base64.ts'
import { LedgerError } from './error.ts'
import { isKeyName, type SignerKey, type VerifierKey } from './key.ts'

// Post-quantum signatures are nearly 5 kB each; at least sixteen must fit.
const maxNoteBytes = 512 * 1024
const maxSignatures = 64
const maxTextBytes = 64 * 1024

export interface NoteSignature {
  readonly name: string
  /** Eight hex digits. */
  readonly id: string
  readonly signature: Uint8Array
}

/** A signed note that was split but not verified: nothing in it may be believed. */
export interface Note {
  /** Ends with a newline. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** A note with at least one verified signature of a key that the caller trusts. */
export interface VerifiedNote {
  readonly text: string
  readonly verified: readonly { readonly name: string; readonly id: string }[]
}

/** Splits a signed note (C2SP signed-note v1) at its last empty line. */
export function parseNote(note: Uint8Array | string): Note {
  const whole = decodeNote(note)
  const split = whole.lastIndexOf('\n\n')
  if (split === -1 || !whole.endsWith('\n')) throw new LedgerError('malformed', 'a signed note is text, an empty line and signatures')
  const lines = whole.slice(split + 2, -1).split('\n')
  if (lines.length > maxSignatures) throw new LedgerError('too_large', `a note has at most ${maxSignatures} signatures`)
  return { text: whole.slice(0, split + 1), signatures: lines.map(parseSignatureLine) }
}

/**
 * Verifies every signature by a key of `keys` and ignores the others. Rejects the whole note if none is there or
 * one of them fails.
 */
export function verifyNote(note: Uint8Array | string, keys: readonly VerifierKey[]): VerifiedNote {
  const { text, signatures } = parseNote(note)
  const verified: { name: string; id: string }[] = []
  for (const { name, id, signature } of signatures) {
    const key = keys.find(known => known.name === name && known.id === id)
    if (key === undefined) continue
    if (!verify(null, Buffer.from(text), key.publicKey, signature))
      throw new LedgerError('signature', `the signature by ${id} does not verify`)
    verified.push({ name, id })
  }
  if (verified.length === 0) throw new LedgerError('signature', 'no signature by a known key')
  return { text, verified }
}

/** Signs `text`, which ends with a newline, under the name of `key`. */
export function signNote(text: string, key: SignerKey): string {
  if (!text.endsWith('\n') || text.length > maxTextBytes) throw new TypeError('the text of a note ends with a newline')
  decodeNote(text)
  const signature = Buffer.concat([Buffer.from(key.id, 'hex'), sign(null, Buffer.from(text), key.privateKey)])
  return `${text}\n\u2014 ${key.name} ${signature.toString('base64')}\n`
}

function decodeNote(note: Uint8Array | string): string {
  if (note.length > maxNoteBytes) throw new LedgerError('too_large', `a note has at most ${maxNoteBytes} bytes`)
  const text = typeof note === 'string' ? note : decodeUtf8(note)
  if (/[^\n\u0020-\u{10ffff}]|\p{Cs}/u.test(text)) throw new LedgerError('malformed', 'a note has no control characters')
  return text
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new LedgerError('malformed', 'a note is UTF-8', { cause })
  }
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = '', encoded = '', ...rest] = line.split(' ')
  if (dash !== '\u2014' || rest.length > 0 || !isKeyName(name)) throw new LedgerError('malformed', 'not a signature line')
  const bytes = parseBase64(encoded)
  if (bytes.length < 5) throw new LedgerError('malformed', 'a signature is a key id and at least one byte')
  return { name, id: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) }
}
