import { SelvageError } from '@selvage/kernel/model'

/** What the one `Authorization` header carries. The scheme says how the token claims to be proven, nothing more. */
export interface Credentials {
  readonly scheme: 'bearer' | 'dpop'
  readonly token: string
}

/** One space, one token68 (RFC 9110 section 11.2, RFC 6750 section 2.1, RFC 9449 section 7.1). */
const credentials = /^(bearer|dpop) ([A-Za-z0-9._~+/-]+=*)$/i

/**
 * `rawHeaders` is Node's flat list of names and values: its parsed headers silently keep the first of two.
 * Throws `identity.missing` (no such header) or `request.header` (two, another scheme, odd text).
 */
// attacker-controlled: rawHeaders
export function credentialsIn(rawHeaders: readonly string[]): Credentials {
  const values = valuesOf(rawHeaders, 'authorization')
  const [value] = values
  if (value === undefined) throw new SelvageError('identity.missing')
  if (values.length > 1) throw new SelvageError('request.header', { detail: 'There is more than one `Authorization` header.' })
  const [, scheme, token] = credentials.exec(value) ?? []
  if (scheme === undefined || token === undefined)
    throw new SelvageError('request.header', { detail: 'The `Authorization` header is neither `Bearer TOKEN` nor `DPoP TOKEN`.' })
  return { scheme: scheme.length === 4 ? 'dpop' : 'bearer', token }
}

/** `name` in small letters. */
export const valuesOf = (rawHeaders: readonly string[], name: string): string[] =>
  rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
