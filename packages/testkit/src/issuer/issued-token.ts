import { type KeyObject, verify } from 'node:crypto'

export interface ActClaim {
  readonly sub: string
  readonly roles?: readonly string[]
  readonly act?: ActClaim
}

export interface IssuedToken {
  readonly sub: string
  readonly exp: number
  readonly act?: ActClaim
}

/** A token of this issuer's own that is still good: it exchanges no other. Undefined where it is not. */
export function readIssuedToken(text: unknown, issuer: string, audience: string, key: KeyObject): IssuedToken | undefined {
  const [header, payload, signature, ...rest] = typeof text === 'string' ? text.split('.') : []
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined
  const bytes = Buffer.from(signature, 'base64url')
  if (!verify('sha256', Buffer.from(`${header}.${payload}`), { key, dsaEncoding: 'ieee-p1363' }, bytes)) return undefined
  // Only we sign with this key, so what stands below is our own word.
  const { typ } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { typ?: string }
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as IssuedToken & { iss: string; aud: string }
  const good = typ === 'at+jwt' && claims.iss === issuer && claims.aud === audience && claims.exp * 1_000 > Date.now()
  return good ? claims : undefined
}
