import { SelvageError } from '@selvage/kernel/model'

/** `Bearer`, one space, one token68 (RFC 9110 section 11.2, RFC 6750 section 2.1). */
const credentials = /^bearer ([A-Za-z0-9._~+/-]+=*)$/i

/**
 * The token of the one `Authorization` header. `rawHeaders` is Node's flat list of names and values: its
 * parsed headers silently keep the first of two.
 * Throws `identity.missing` (no such header) or `request.header` (two, another scheme, odd text).
 */
// attacker-controlled: rawHeaders
export function bearerToken(rawHeaders: readonly string[]): string {
  const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === 'authorization')
  const [value] = values
  if (value === undefined) throw new SelvageError('identity.missing')
  if (values.length > 1) throw new SelvageError('request.header', { detail: 'There is more than one `Authorization` header.' })
  const token = credentials.exec(value)?.[1]
  if (token === undefined) throw new SelvageError('request.header', { detail: 'The `Authorization` header is not `Bearer TOKEN`.' })
  return token
}
