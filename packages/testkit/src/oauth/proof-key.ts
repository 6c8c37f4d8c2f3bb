import { createHash, generateKeyPairSync, type JsonWebKey, type KeyObject, webcrypto } from 'node:crypto'
import type { CryptoKeyPair } from 'openid-client'

/** One key for both ends of DPoP: the client's at the issuer, and the sender's at a gate. */
export interface ProofKey {
  readonly privateKey: KeyObject
  readonly jwk: JsonWebKey
  /** RFC 7638, as `cnf.jkt` has it. */
  readonly thumbprint: string
  /** For `createClient`. */
  readonly pair: CryptoKeyPair
}

const curve = { name: 'ECDSA', namedCurve: 'P-256' }

export async function createProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const { crv, kty, x, y } = jwk
  const pair = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', privateKey.export({ type: 'pkcs8', format: 'der' }), curve, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('jwk', jwk, curve, true, ['verify']),
  }
  return { privateKey, jwk, pair, thumbprint: createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url') }
}
