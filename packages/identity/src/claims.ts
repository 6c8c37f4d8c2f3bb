import type { Issuer } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { StrictJson, StrictObject } from './strict-json.ts'

/** What RFC 9068 section 2.2 requires of an access token, checked. Times in seconds since 1970. */
export interface Claims {
  readonly sub: string
  readonly clientId: string
  readonly tokenId: string
  /** `sid`. */
  readonly sessionId?: string
  readonly issuedAt: number
  readonly expiresAt: number
}

/** Seconds by which the issuer's clock and ours may differ. */
const clockSkew = 5
const maxAudiences = 8
const maxTextLength = 256

/** Control and format characters, line and paragraph separators: they would lie in a log or on a screen. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
export const isBoundedText = (value: StrictJson | undefined): value is string =>
  typeof value === 'string' && value !== '' && value.length <= maxTextLength && !unprintable.test(value)

/**
 * Claims that change what a token is worth, and that are not understood yet: those that must be fetched from elsewhere (OpenID
 * Connect Core 5.6.2; Entra's group overage). Ignoring one would widen, so a token with one is refused.
 */
const notUnderstood = ['_claim_names', '_claim_sources']

/** `now` in milliseconds. Throws `identity.claims`, `.audience`, `.expired`, `.not_yet`. */
export function checkClaims(payload: StrictObject, issuer: Issuer, now: number): Claims {
  for (const name of notUnderstood) if (payload[name] !== undefined) refuseClaim(name)
  if (!audiences(payload.aud).includes(issuer.audience)) throw new SelvageError('identity.audience')
  const { issuedAt, expiresAt } = checkTimes(payload, issuer, now / 1_000)
  const session = payload.sid === undefined ? {} : { sessionId: text(payload, 'sid') }
  return { sub: text(payload, 'sub'), clientId: text(payload, 'client_id'), tokenId: text(payload, 'jti'), issuedAt, expiresAt, ...session }
}

function checkTimes(payload: StrictObject, issuer: Issuer, now: number): { issuedAt: number; expiresAt: number } {
  const issuedAt = time(payload, 'iat')
  const expiresAt = time(payload, 'exp')
  if (expiresAt <= issuedAt || expiresAt - issuedAt > issuer.maxLifetime) return refuseClaim('exp - iat')
  const notBefore = payload.nbf === undefined ? issuedAt : time(payload, 'nbf')
  if (Math.max(issuedAt, notBefore) > now + clockSkew) throw new SelvageError('identity.not_yet')
  if (isExpired(expiresAt, now)) throw new SelvageError('identity.expired')
  return { issuedAt, expiresAt }
}

/** Both in seconds. */
export const isExpired = (expiresAt: number, now: number): boolean => now >= expiresAt + clockSkew

function audiences(value: StrictJson | undefined): readonly string[] {
  const list = typeof value === 'string' ? [value] : value
  if (!Array.isArray(list) || list.length > maxAudiences || !list.every(isBoundedText)) return refuseClaim('aud')
  return list
}

/** NumericDate in whole seconds (RFC 7519 section 2). */
function time(payload: StrictObject, name: string): number {
  const value = payload[name]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : refuseClaim(name)
}

function text(payload: StrictObject, name: string): string {
  const value = payload[name]
  return isBoundedText(value) ? value : refuseClaim(name)
}

/** `name` is a claim's name of ours or of a specification, never one that the token brought. */
export function refuseClaim(name: string): never {
  throw new SelvageError('identity.claims', { cause: new Error(`claim: ${name}`) })
}
