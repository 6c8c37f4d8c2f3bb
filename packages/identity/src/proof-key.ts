import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import type { Jws } from './jws.ts'
import { fitsScheme, isSigned } from './signature.ts'
import { isStrictObject, type StrictJson } from './strict-json.ts'

/** The public key in a proof's header. */
export interface ProofKey {
  /** RFC 7638 with SHA-256, base64url. */
  readonly thumbprint: string
  readonly key: KeyObject
  readonly kty: string
  readonly crv?: string
}

const algorithms = new Set(['ES256', 'EdDSA', 'Ed25519', 'RS256'])
/** As `algs` of a challenge has them (RFC 9449 section 7.1). */
export const proofAlgorithms = [...algorithms].join(' ')

/** Members that say nothing of the key's secret; with any other one the key is refused. */
const publicMembers = new Set(['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use', 'key_ops', 'ext'])
const coordinate = /^[A-Za-z0-9_-]{43}$/
/** 2048 to 4096 bits: a longer one costs the verifier time, and so does another exponent. */
const modulus = /^[A-Za-z0-9_-]{342,683}$/
const maxKeys = 10_000

/** RFC 7638 with SHA-256, base64url; undefined where it is no public key of a kind that is taken. */
export function proofThumbprint(jwk: StrictJson | undefined): string | undefined {
  const canonical = canonicalJwk(jwk)
  return canonical && createHash('sha256').update(canonical.text).digest('base64url')
}

/** Keys of proofs that were seen, least recently used out first: to import one costs as much as to verify with it. */
export class ProofKeys {
  readonly #keys = new Map<string, ProofKey>()

  /** Undefined where it is no public key of a kind that is taken. */
  find(jwk: StrictJson | undefined): ProofKey | undefined {
    const canonical = canonicalJwk(jwk)
    if (canonical === undefined) return undefined
    const { text, ...kind } = canonical
    const thumbprint = createHash('sha256').update(text).digest('base64url')
    const known = this.#keys.get(thumbprint)
    const key = known ?? importKey(text, thumbprint, kind)
    if (key === undefined) return undefined
    if (known !== undefined) this.#keys.delete(thumbprint)
    this.#keys.set(thumbprint, key)
    const oldest = this.#keys.keys().next()
    if (this.#keys.size > maxKeys && oldest.done !== true) this.#keys.delete(oldest.value)
    return key
  }

  get size(): number {
    return this.#keys.size
  }
}

/** The required members alone, in the order of RFC 7638 section 3.2: no member needs an escape. */
function canonicalJwk(jwk: StrictJson | undefined): ({ text: string } & Pick<ProofKey, 'kty' | 'crv'>) | undefined {
  if (!isStrictObject(jwk) || !Object.keys(jwk).every(name => publicMembers.has(name))) return undefined
  const { kty, crv, x, y, n, e } = jwk
  if (kty === 'EC' && crv === 'P-256' && isText(x, coordinate) && isText(y, coordinate))
    return { text: `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`, kty, crv }
  if (kty === 'OKP' && crv === 'Ed25519' && isText(x, coordinate)) return { text: `{"crv":"Ed25519","kty":"OKP","x":"${x}"}`, kty, crv }
  if (kty === 'RSA' && e === 'AQAB' && isText(n, modulus)) return { text: `{"e":"AQAB","kty":"RSA","n":"${n}"}`, kty }
  return undefined
}

const isText = (value: StrictJson | undefined, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value)

function importKey(text: string, thumbprint: string, kind: Pick<ProofKey, 'kty' | 'crv'>): ProofKey | undefined {
  try {
    return { thumbprint, ...kind, key: createPublicKey({ key: JSON.parse(text), format: 'jwk' }) }
  } catch {
    return undefined // a point that is not on its curve, for one
  }
}

/** `alg` of the header is one that is taken, fits the key, and its signature is of that key. */
export function isSignedBy({ header, input, signature }: Pick<Jws, 'header' | 'input' | 'signature'>, key: ProofKey): boolean {
  const { alg } = header
  return typeof alg === 'string' && algorithms.has(alg) && fitsScheme(alg, key) && isSigned(input, signature, alg, key.key)
}
