import { createHash, createPublicKey, type KeyObject, randomUUID, sign, webcrypto } from 'node:crypto'
import { join } from 'node:path'
import { signingKeyFile } from '@selvage/bundle'

/** The key that this state folder's requests are proven with (RFC 9449). It never leaves its file. */
export interface ProofKey {
  /** RFC 7638 with SHA-256, base64url. */
  readonly thumbprint: string
  /** For one request, once. @param now milliseconds since 1970 */
  proof(request: ProofRequest, now: number): string
  /** The same key, for requests to issuers. */
  pair(): Promise<webcrypto.CryptoKeyPair>
}

export interface ProofRequest {
  readonly method: string
  readonly url: string
  readonly token: string
  /** As the gate gave it. */
  readonly nonce?: string | undefined
}

export const openProofKey = (state: string): ProofKey => proofKeyOf(signingKeyFile(join(state, 'proof-key.pem')))

function proofKeyOf(key: KeyObject): ProofKey {
  const { x } = createPublicKey(key).export({ format: 'jwk' }) as { x: string }
  const jwk = { crv: 'Ed25519', kty: 'OKP', x }
  return {
    thumbprint: createHash('sha256').update(JSON.stringify(jwk)).digest('base64url'),
    proof({ method, url, token, nonce }, now) {
      const claims = {
        jti: randomUUID(),
        htm: method,
        htu: url,
        iat: Math.floor(now / 1_000),
        ath: createHash('sha256').update(token).digest('base64url'),
        ...(nonce === undefined ? {} : { nonce }),
      }
      return signedJws({ typ: 'dpop+jwt', alg: 'EdDSA', jwk }, claims, key)
    },
    async pair() {
      const der = key.export({ type: 'pkcs8', format: 'der' })
      return {
        privateKey: await webcrypto.subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign']),
        publicKey: await webcrypto.subtle.importKey('jwk', jwk, 'Ed25519', true, ['verify']),
      }
    },
  }
}

/** Compact form (RFC 7515), Ed25519. */
export function signedJws(header: object, claims: object, key: KeyObject): string {
  const input = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${sign(null, Buffer.from(input), key).toString('base64url')}`
}
