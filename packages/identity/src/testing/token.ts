import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A public key, the members that tests spoil by name. */
interface TestJwk {
  readonly kid: string
  readonly n?: string
  readonly x?: string
  readonly [member: string]: unknown
}

export interface TestKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly jwk: TestJwk
}

export function testKey(kid: string, alg: 'ES256' | 'RS256' | 'EdDSA' = 'ES256'): TestKey {
  const { publicKey, privateKey } = pair(alg)
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' } }
}

function pair(alg: 'ES256' | 'RS256' | 'EdDSA'): { publicKey: KeyObject; privateKey: KeyObject } {
  if (alg === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 })
  return alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

export const encode = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url')

/** Signs any two texts, JSON or not: what a careless or hostile issuer could sign. */
export function signTexts(header: string | Uint8Array, payload: string | Uint8Array, key: TestKey): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${encode(signature(Buffer.from(input), key))}`
}

function signature(input: Buffer, { alg, privateKey }: TestKey): Buffer {
  if (alg === 'EdDSA') return sign(null, input, privateKey)
  return sign('sha256', input, alg === 'ES256' ? { key: privateKey, dsaEncoding: 'ieee-p1363' } : privateKey)
}

export function hmacTexts(header: string, payload: string, secret: string | Uint8Array): string {
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${encode(createHmac('sha256', secret).update(input).digest())}`
}

export const headerOf = (key: TestKey, more: object = {}): string => JSON.stringify({ alg: key.alg, typ: 'at+jwt', kid: key.kid, ...more })

export const signToken = (claims: object, key: TestKey, header: object = {}): string =>
  signTexts(headerOf(key, header), JSON.stringify(claims), key)
