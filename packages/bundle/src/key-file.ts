import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDurableDirectory, syncDirectory } from '@selvage/ledger/directory'
import { writeSynced } from './synced-file.ts'

/**
 * An Ed25519 key in a file of its own, mode 0600, made at first use. A file that others may read is
 * refused: what others could read is no secret.
 */
export function signingKeyFile(path: string): KeyObject {
  const make = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return createPrivateKey(secretFile(path, make))
}

/** 32 random bytes in a file of their own, mode 0600, made at first use. */
export function secretKeyFile(path: string): Uint8Array {
  const bytes = Buffer.from(
    secretFile(path, () => randomBytes(32).toString('base64')),
    'base64',
  )
  if (bytes.length !== 32) throw new Error(`not a key of 32 bytes: ${path}`)
  return bytes
}

function secretFile(path: string, make: () => string): string {
  makeDurableDirectory(dirname(path), 0o700)
  if (!existsSync(path)) createOnce(path, make())
  // What is signed or encrypted with it must not outlive it: also where another process made it, which died before this.
  syncDirectory(dirname(path))
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`others may read this key file; set its mode to 0600: ${path}`)
  return readFileSync(path, 'utf8')
}

/** Complete or not there at all, also when two processes start at once: the first one wins. */
function createOnce(path: string, text: string): void {
  const partial = `${path}.${process.pid}`
  try {
    writeSynced(partial, text, 0o600)
    linkSync(partial, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(partial, { force: true })
  }
}

/** A public key as one line of text: `ed25519:` and the raw key in base64url. */
export function formatPublicKey(key: KeyObject): string {
  const { x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  return `ed25519:${x}`
}

export function parsePublicKey(text: string): KeyObject {
  const match = /^ed25519:([A-Za-z0-9_-]{43})$/.exec(text)
  // One text for each key: the bits that base64url leaves over are zero.
  if (match?.[1] === undefined || Buffer.from(match[1], 'base64url').toString('base64url') !== match[1])
    throw new TypeError('a public key reads ed25519:BASE64URL')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: match[1] }, format: 'jwk' })
}
