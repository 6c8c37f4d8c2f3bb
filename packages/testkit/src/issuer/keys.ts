import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export interface IssuerKeys {
  readonly jwks: { readonly keys: readonly JsonWebKey[] }
  readonly cookies: readonly string[]
}

/** An issuer's keys in one file, mode 0600, made at first use, so that a restart keeps them. */
export function issuerKeys(stateDir: string, alias: string): IssuerKeys {
  const path = join(stateDir, `${alias}.keys.json`)
  if (!existsSync(path)) createFile(stateDir, path, JSON.stringify(newKeys()))
  if ((statSync(path).mode & 0o077) !== 0) throw new Error(`others may read this key file; set its mode to 0600: ${path}`)
  return JSON.parse(readFileSync(path, 'utf8')) as IssuerKeys
}

function newKeys(): IssuerKeys {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = { ...privateKey.export({ format: 'jwk' }), kid: randomBytes(12).toString('base64url'), alg: 'ES256', use: 'sig' }
  return { jwks: { keys: [key] }, cookies: [randomBytes(32).toString('base64url')] }
}

/** Whole or not there at all. */
function createFile(dir: string, path: string, text: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const partial = `${path}.${process.pid}`
  const file = openSync(partial, 'w', 0o600)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(partial, path)
}

export function publicKeyOf(keys: IssuerKeys): KeyObject {
  const [key] = keys.jwks.keys
  if (key === undefined) throw new Error('an issuer without a key')
  return createPublicKey({ key, format: 'jwk' })
}
