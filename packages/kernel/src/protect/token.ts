const prefix = 'tok_'
/** 128 bits: two values of one key meet by chance at about 2^64 values. */
const tokenBytes = 16
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/**
 * The token of a text: `tok_` and base32 (RFC 4648, lower case, no padding) of the first 16 bytes of HMAC-SHA256 over
 * the text's exact UTF-8 bytes; nothing is normalised. Equal texts under one key have equal tokens.
 * @param hmac HMAC-SHA256 under the key of the domain and scope (`tokenKeyInfo`)
 */
export function tokenOf(value: string, hmac: (data: Uint8Array) => Uint8Array): string {
  const digest = hmac(utf8(value))
  if (digest.length < tokenBytes) throw new TypeError('a digest that is too short')
  return prefix + base32(digest.subarray(0, tokenBytes))
}

/** What tokens are equal within: all columns of one semantic type in a domain, or one column alone. */
export type TokenScope = { readonly semanticType: string } | { readonly table: string; readonly column: string }

/**
 * The `info` of HKDF-SHA256 (RFC 5869, empty salt, 32 bytes) that derives the key for a scope from the token key of a
 * domain. Names hold no `/`, so no two scopes have the same.
 */
export function tokenKeyInfo(domain: string, scope: TokenScope): string {
  const parts = 'semanticType' in scope ? ['type', scope.semanticType] : ['column', scope.table, scope.column]
  if ([domain, ...parts].some(part => part.includes('/'))) throw new TypeError('a name with a slash')
  return ['selvage', 'token', 'v1', domain, ...parts].join('/')
}

function base32(bytes: Uint8Array): string {
  let out = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) out += alphabet[(held >> (bits - 5)) & 31]
  }
  return bits === 0 ? out : out + alphabet[(held << (5 - bits)) & 31]
}

/** The kernel has no encoder of the platform. Throws a TypeError for half a surrogate pair, which has no bytes. */
function utf8(text: string): Uint8Array {
  const bytes: number[] = []
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) throw new TypeError('half a surrogate pair')
    if (point < 0x80) bytes.push(point)
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), continuation(point))
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), continuation(point >> 6), continuation(point))
    else bytes.push(0xf0 | (point >> 18), continuation(point >> 12), continuation(point >> 6), continuation(point))
  }
  return Uint8Array.from(bytes)
}

const continuation = (bits: number): number => 0x80 | (bits & 0x3f)
