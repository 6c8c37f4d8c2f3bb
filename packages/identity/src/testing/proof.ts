import { createHash } from 'node:crypto'
import { proofThumbprint } from '../proof-key.ts'
import type { StrictObject } from '../strict-json.ts'
import { signTexts, type TestKey } from './token.ts'

/** What a proof is made for; each test spoils one of these. */
export interface ProofClaims {
  readonly jti?: unknown
  readonly htm?: unknown
  readonly htu?: unknown
  /** Seconds since 1970. */
  readonly iat?: unknown
  readonly ath?: unknown
  readonly nonce?: unknown
  readonly [name: string]: unknown
}

export const athOf = (token: string): string => createHash('sha256').update(token).digest('base64url')

/** The members that a proof carries. */
export function publicJwk({ jwk }: TestKey): Record<string, unknown> {
  const { kid: _kid, use: _use, ...rest } = jwk
  return rest
}

export const jktOf = (key: TestKey): string => proofThumbprint(publicJwk(key) as StrictObject) ?? ''

export const signProof = (claims: ProofClaims, key: TestKey, header: object = {}): string =>
  signTexts(JSON.stringify({ typ: 'dpop+jwt', alg: key.alg, jwk: publicJwk(key), ...header }), JSON.stringify(claims), key)
