import type { Issuer } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { StrictJson, StrictObject } from './strict-json.ts'

/** What an access token must say (RFC 9068 section 2.2, or as the issuer's form has it), checked. Times in seconds since 1970. */
export interface Claims {
  readonly sub: string
  readonly clientId: string
  /** Absent where the issuer's tokens have no name. */
  readonly tokenId?: string
  /** `sid`. */
  readonly sessionId?: string
  readonly issuedAt: number
  readonly expiresAt: number
  /** When the issuer saw the subject: at its login, where it says so (`auth_time`), or when it issued the token. */
  readonly observedAt: number
}

/** Seconds by which the issuer's clock and ours may differ. */
const clockSkew = 5
const maxAudiences = 8
const maxTextLength = 256

/** Control and format characters, line and paragraph separators: they would lie in a log or on a screen. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u
export const isBoundedText = (value: StrictJson | undefined): value is string =>
  typeof value === 'string' && value !== '' && value.length <= maxTextLength && !unprintable.test(value)

/** What ID tokens have (OpenID Connect Core 2 and 3.3.2.11) and events (RFC 8417): whoever gets those is not who may ask. */
const notOfAccess = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events']

/** `now` in milliseconds. Throws `identity.claims`, `.audience`, `.overage`, `.expired`, `.not_yet`. */
export function checkClaims(payload: StrictObject, issuer: Issuer, now: number): Claims {
  const { token } = issuer
  for (const name of notOfAccess) if (payload[name] !== undefined) refuseClaim(name)
  for (const [name, values] of Object.entries(token.require)) if (!values.some(value => value === payload[name])) refuseClaim(name)
  if (!audiences(payload.aud).includes(issuer.audience)) throw new SelvageError('identity.audience')
  refuseOverage(payload)
  return {
    sub: text(payload, 'sub'),
    clientId: text(payload, token.client),
    ...(token.id === undefined ? {} : { tokenId: text(payload, token.id) }),
    ...(payload.sid === undefined ? {} : { sessionId: text(payload, 'sid') }),
    ...checkTimes(payload, issuer, now / 1_000),
  }
}

/**
 * Claims that lie elsewhere (OpenID Connect Core 5.6.2), as Entra's groups do of whoever has many, or that are known to be more than
 * the token says (`hasgroups`). What is not known is not none: rules that forbid by a group would not hold.
 */
function refuseOverage({ _claim_names: names, _claim_sources: sources, hasgroups }: StrictObject): void {
  if (names === undefined && sources === undefined && (hasgroups === undefined || hasgroups === false)) return
  throw new SelvageError('identity.overage')
}

function checkTimes(payload: StrictObject, issuer: Issuer, now: number): Pick<Claims, 'issuedAt' | 'expiresAt' | 'observedAt'> {
  const issuedAt = time(payload, 'iat')
  const expiresAt = time(payload, 'exp')
  const observedAt = payload.auth_time === undefined ? issuedAt : time(payload, 'auth_time')
  if (expiresAt <= issuedAt || expiresAt - issuedAt > issuer.maxLifetime) return refuseClaim('exp - iat')
  if (observedAt > issuedAt + clockSkew) return refuseClaim('auth_time')
  const notBefore = payload.nbf === undefined ? issuedAt : time(payload, 'nbf')
  if (Math.max(issuedAt, notBefore) > now + clockSkew) throw new SelvageError('identity.not_yet')
  if (isExpired(expiresAt, now)) throw new SelvageError('identity.expired')
  return { issuedAt, expiresAt, observedAt }
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

/** `name` is our trust file's or a specification's. */
function text(payload: StrictObject, name: string): string {
  const value = payload[name]
  return isBoundedText(value) ? value : refuseClaim(name)
}

/** `name` is a claim's name of ours or of a specification, never one that the token brought. */
export function refuseClaim(name: string): never {
  throw new SelvageError('identity.claims', { cause: new Error(`claim: ${name}`) })
}
