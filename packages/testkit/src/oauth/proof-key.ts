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

type Curve = 'P-256' | 'Ed25519'

const algorithms = { 'P-256': { name: 'ECDSA', namedCurve: 'P-256' }, Ed25519: { name: 'Ed25519' } }
const generate = (curve: Curve) => (curve === 'P-256' ? generateKeyPairSync('ec', { namedCurve: curve }) : generateKeyPairSync('ed25519'))

export async function createProofKey(curve: Curve = 'P-256'): Promise<ProofKey> {
  const { privateKey, publicKey } = generate(curve)
  const algorithm = algorithms[curve]
  const jwk = publicKey.export({ format: 'jwk' })
  const { crv, kty, x, y } = jwk
  const pair = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', privateKey.export({ type: 'pkcs8', format: 'der' }), algorithm, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('jwk', jwk, algorithm, true, ['verify']),
  }
  return { privateKey, jwk, pair, thumbprint: createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url') }
}
