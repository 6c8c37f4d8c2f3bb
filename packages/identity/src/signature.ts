import { constants, type KeyObject, verify } from 'node:crypto'

interface Scheme {
  /** What its key is: kind, and curve where there is one. */
  readonly kty: 'EC' | 'OKP' | 'RSA'
  readonly crv?: string
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  readonly pss?: true
}

/** JWS algorithms with a public key (RFC 7518 section 3, RFC 8037, RFC 9864). One that is not here is taken from nobody. */
const schemes: Readonly<Record<string, Scheme>> = {
  ES256: { kty: 'EC', crv: 'P-256', digest: 'sha256' },
  ES384: { kty: 'EC', crv: 'P-384', digest: 'sha384' },
  ES512: { kty: 'EC', crv: 'P-521', digest: 'sha512' },
  EdDSA: { kty: 'OKP', crv: 'Ed25519', digest: null },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', digest: null },
  RS256: { kty: 'RSA', digest: 'sha256' },
  RS384: { kty: 'RSA', digest: 'sha384' },
  RS512: { kty: 'RSA', digest: 'sha512' },
  PS256: { kty: 'RSA', digest: 'sha256', pss: true },
  PS384: { kty: 'RSA', digest: 'sha384', pss: true },
  PS512: { kty: 'RSA', digest: 'sha512', pss: true },
}

export const findScheme = (alg: string): Scheme | undefined => (Object.hasOwn(schemes, alg) ? schemes[alg] : undefined)

/** Whether a public key is of the kind that the algorithm needs. */
export function fitsScheme(alg: string, { kty, crv }: { readonly kty?: unknown; readonly crv?: unknown }): boolean {
  const scheme = findScheme(alg)
  return scheme !== undefined && scheme.kty === kty && (scheme.crv === undefined || scheme.crv === crv)
}

/**
 * In this thread, with no promise: handing a signature to the thread pool and back takes longer than to verify it, and far longer where
 * others wait there. The caller has seen that the key fits.
 * @param input what is signed, ASCII
 */
export function isSigned(input: string, signature: Uint8Array, alg: string, key: KeyObject): boolean {
  const scheme = findScheme(alg)
  if (scheme === undefined) return false
  const padding = scheme.pss === true ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST } : {}
  return verify(scheme.digest, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363', ...padding }, signature)
}
