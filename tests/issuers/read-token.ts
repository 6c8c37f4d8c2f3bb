export interface ReadToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** What a token says. Nothing is verified: these tests ask what real issuers write. */
export function readToken(token: string): ReadToken {
  const [header = '', claims = ''] = token.split('.').map(part => Buffer.from(part, 'base64url').toString())
  return { header: JSON.parse(header) as ReadToken['header'], claims: JSON.parse(claims) as ReadToken['claims'] }
}
