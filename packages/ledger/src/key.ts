import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto'
import { parseBase64 } from './base64.ts'
import { LedgerError } from './error.ts'

/** Signature type of Ed25519 in C2SP signed-note; others are ignored as unknown keys are. */
const ed25519 = 0x01
const keyBytes = 32
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex')
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A public key with the name it signs under. The pair of name and id says which key made a signature. */
export interface VerifierKey {
  readonly name: string
  /** Eight hex digits: the first four bytes of SHA-256(name || 0x0A || type || key). */
  readonly id: string
  readonly publicKey: KeyObject
}

export interface SignerKey {
  readonly name: string
  readonly id: string
  readonly privateKey: KeyObject
}

/** Key names are not empty and have neither Unicode spaces, plus nor control characters. */
export const isKeyName = (name: string): boolean => /^[^\p{White_Space}\p{Cc}\p{Cs}+]{1,255}$/u.test(name)

/** A verifier key: `name+id+base64(type || key)`. */
export function parseVerifierKey(text: string): VerifierKey {
  const { name, id, bytes } = parseKeyText(text, '')
  const publicKey = createPublicKey({ key: Buffer.concat([spkiPrefix, bytes]), format: 'der', type: 'spki' })
  if (id !== keyId(name, bytes)) throw new LedgerError('malformed', 'the key id does not belong to this name and key')
  return { name, id, publicKey }
}

export function formatVerifierKey(name: string, publicKey: KeyObject): string {
  const bytes = rawPublicKey(publicKey)
  return `${checkedName(name)}+${keyId(name, bytes)}+${Buffer.from([ed25519, ...bytes]).toString('base64')}`
}

/** A signer key as Go's x/mod and the C2SP tools keep it: `PRIVATE+KEY+name+id+base64(type || seed)`. */
export function parseSignerKey(text: string): SignerKey {
  const { name, id, bytes } = parseKeyText(text, 'PRIVATE+KEY+')
  const signer = getSignerKey(name, createPrivateKey({ key: Buffer.concat([pkcs8Prefix, bytes]), format: 'der', type: 'pkcs8' }))
  if (id !== signer.id) throw new LedgerError('malformed', 'the key id does not belong to this name and key')
  return signer
}

export function formatSignerKey(name: string, privateKey: KeyObject): string {
  const { id } = getSignerKey(name, privateKey)
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-keyBytes)
  return `PRIVATE+KEY+${name}+${id}+${Buffer.from([ed25519, ...seed]).toString('base64')}`
}

export function getSignerKey(name: string, privateKey: KeyObject): SignerKey {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 private key')
  return { name: checkedName(name), id: keyId(name, rawPublicKey(createPublicKey(privateKey))), privateKey }
}

function parseKeyText(text: string, prefix: string): { name: string; id: string; bytes: Buffer } {
  const parts = text.startsWith(prefix) && text.length < 512 ? text.slice(prefix.length).split('+') : []
  const [name = '', id = ''] = parts
  // base64 may itself hold a plus
  const bytes = parts.length < 3 ? Buffer.alloc(0) : parseBase64(parts.slice(2).join('+'))
  if (!isKeyName(name) || !/^[0-9a-f]{8}$/.test(id)) throw new LedgerError('malformed', 'not a key: name+id+base64 expected')
  if (bytes[0] !== ed25519 || bytes.length !== 1 + keyBytes) throw new LedgerError('malformed', 'not an Ed25519 key of type 0x01')
  return { name, id, bytes: bytes.subarray(1) }
}

function keyId(name: string, publicKey: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([ed25519]), publicKey]), 'hex').slice(0, 8)
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  if (publicKey.type !== 'public' || publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('not an Ed25519 public key')
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-keyBytes)
}

function checkedName(name: string): string {
  if (!isKeyName(name)) throw new TypeError('a key name has neither spaces nor plus')
  return name
}
