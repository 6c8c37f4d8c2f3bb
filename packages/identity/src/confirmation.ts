import { refuseClaim } from './claims.ts'
import { isStrictObject, type StrictJson } from './strict-json.ts'

/** The key that a token is bound to (RFC 7800): `jkt` of a DPoP key (RFC 9449 section 6), or a certificate (RFC 8705 section 3.1). */
export interface Confirmation {
  readonly kind: 'jkt' | 'x5t#S256'
  /** SHA-256, base64url. */
  readonly thumbprint: string
}

/** Keycloak's note on where `jkt` comes from: no way of confirming anything. */
const notes = new Set(['kc-jkt-type'])
const sha256 = /^[A-Za-z0-9_-]{43}$/

/** One way of confirming that is known, and no other: to overlook one would widen. Throws `identity.claims`. */
export function readConfirmation(value: StrictJson | undefined): Confirmation | undefined {
  if (value === undefined) return undefined
  if (!isStrictObject(value)) return refuseClaim('cnf')
  const [kind, other] = Object.keys(value).filter(name => !notes.has(name))
  const thumbprint = value[kind ?? '']
  if ((kind !== 'jkt' && kind !== 'x5t#S256') || other !== undefined) return refuseClaim('cnf')
  if (typeof thumbprint !== 'string' || !sha256.test(thumbprint)) return refuseClaim('cnf')
  return Object.freeze({ kind, thumbprint })
}
