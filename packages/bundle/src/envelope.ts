import { type KeyObject, sign, verify } from 'node:crypto'
import { SelvageError } from '@selvage/kernel/model'

/**
 * DSSE 1.0.0 (secure-systems-lab/dsse, protocol.md): a payload, its type and signatures over both.
 * The `keyid` is unauthenticated and decides nothing.
 */
export interface Envelope {
  readonly payloadType: string
  readonly payload: Uint8Array
  readonly signatures: readonly { readonly keyid: string; readonly sig: Uint8Array }[]
}

/** The key before and the key after, while one takes the other's place: each costs a hash over the whole payload. */
const maxSignatures = 2
/** Characters of an envelope beside its payload. */
const maxFrame = 4_096
const maxQuotes = 128

/** The pre-authentication encoding: `DSSEv1 SP LEN(type) SP type SP LEN(body) SP body`. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `), payload])
}

/** Signs with Ed25519. */
export function signEnvelope(payloadType: string, text: string, key: { readonly id: string; readonly privateKey: KeyObject }): string {
  const payload = Buffer.from(text, 'utf8')
  const sig = sign(null, preAuthEncoding(payloadType, payload), key.privateKey)
  return JSON.stringify({
    payloadType,
    payload: payload.toString('base64'),
    signatures: [{ keyid: key.id, sig: sig.toString('base64') }],
  })
}

/**
 * The payload's text, if some signature verifies under the pinned key. Throws `policy.signature`; for what is no envelope
 * of this type `policy.invalid`, for a longer one `policy.too_large`.
 * attacker-controlled: `text` comes from the wire or from a disk; `maxLength` bounds it, in characters.
 */
export function openEnvelope(text: string, payloadType: string, publicKey: KeyObject, maxLength: number): string {
  if (text.length > maxLength) throw new SelvageError('policy.too_large')
  const envelope = parseEnvelope(text)
  if (envelope.payloadType !== payloadType) throw refuse('payload type')
  const message = preAuthEncoding(envelope.payloadType, envelope.payload)
  if (!envelope.signatures.some(({ sig }) => verify(null, message, publicKey, sig))) throw new SelvageError('policy.signature')
  return decodeText(envelope.payload)
}

export function parseEnvelope(text: string): Envelope {
  if (!isFramed(text)) throw refuse('shape')
  const { payloadType, payload, signatures } = parseObject(text)
  if (typeof payloadType !== 'string' || !Array.isArray(signatures)) throw refuse('shape')
  if (signatures.length === 0 || signatures.length > maxSignatures) throw refuse('number of signatures')
  return { payloadType, payload: decodeBase64(payload), signatures: signatures.map(parseSignature) }
}

/**
 * Whether all but one text of base64 is short. Nothing is proven yet of whoever sent this, and the parser, which works
 * for seconds on 16 MiB of brackets or names, keeps everybody waiting.
 */
function isFramed(text: string): boolean {
  if (text.length <= maxFrame) return true
  const longest = text.split('"', maxQuotes).reduce((one, other) => (other.length > one.length ? other : one))
  return text.length - longest.length <= maxFrame && /^[A-Za-z0-9+/=\\]*$/.test(longest)
}

function parseSignature(item: unknown): { keyid: string; sig: Uint8Array } {
  const { keyid, sig } = (item ?? {}) as Record<string, unknown>
  return { keyid: typeof keyid === 'string' ? keyid : '', sig: decodeBase64(sig) }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (cause) {
    throw refuse('not JSON', cause)
  }
  throw refuse('not an object')
}

/** Standard alphabet, padded, canonical. */
function decodeBase64(value: unknown): Uint8Array {
  if (typeof value !== 'string') throw refuse('base64')
  const bytes = Buffer.from(value, 'base64')
  if (bytes.toString('base64') !== value) throw refuse('base64')
  return bytes
}

function decodeText(payload: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
  } catch (cause) {
    throw refuse('not UTF-8', cause)
  }
}

const refuse = (what: string, cause?: unknown): SelvageError =>
  new SelvageError('policy.invalid', {
    detail: 'This is not the signed text that is asked for here.',
    help: 'Send the envelope as it was signed, whole.',
    cause: new Error(`envelope: ${what}`, { cause }),
  })
