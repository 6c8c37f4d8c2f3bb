import { createPublicKey, type KeyObject } from 'node:crypto'
import { fitsScheme } from './signature.ts'
import { isStrictObject, parseStrictJson, type StrictJson, type StrictObject } from './strict-json.ts'

type PublicJwk = Readonly<Partial<Record<'kty' | 'crv' | 'x' | 'y' | 'n' | 'e', string>>>

/** A public key of an issuer: only what verification needs. */
export interface PublicKey {
  readonly kid: string
  /** If given, the only algorithm that the issuer uses it for. */
  readonly alg?: string
  readonly jwk: PublicJwk
}

const maxKeys = 100
const maxKeyIdLength = 256
/** Base64url characters of an 8192-bit modulus; larger ones cost the verifier time. */
const maxModulusLength = 1_366
/** Base64url characters of a 2048-bit modulus. */
const minModulusLength = 342
const maxExponentLength = 6

const base64url = /^[A-Za-z0-9_-]+$/

/**
 * The usable keys of a JWK Set (RFC 7517); keys for encryption, secret or private ones, and kinds that we
 * do not know are left out. Throws where it is no set, or holds more than 100 keys. The caller bounds the length.
 */
// attacker-controlled: text, where an issuer is
export function parseKeySet(text: string): readonly PublicKey[] {
  const set = parseStrictJson(text)
  const keys = isStrictObject(set) ? set.keys : undefined
  if (!Array.isArray(keys)) throw new Error('key set: no list of keys')
  if (keys.length > maxKeys) throw new Error('key set: too many keys')
  return keys.flatMap((key: StrictJson) => parseKey(key) ?? [])
}

function parseKey(key: StrictJson): PublicKey | undefined {
  if (!isStrictObject(key)) return undefined
  const { kid, alg, use, key_ops: operations } = key
  if (typeof kid !== 'string' || kid === '' || kid.length > maxKeyIdLength) return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined
  // A private key that was published is nobody's proof any more.
  if (key.d !== undefined || key.k !== undefined) return undefined
  const jwk = publicPart(key)
  if (jwk === undefined || (alg !== undefined && typeof alg !== 'string')) return undefined
  return alg === undefined ? { kid, jwk } : { kid, alg, jwk }
}

/** A new object, so that nothing else of the issuer's text reaches the import. */
function publicPart({ kty, crv, x, y, n, e }: StrictObject): PublicJwk | undefined {
  if (kty === 'RSA' && isText(n, maxModulusLength) && n.length >= minModulusLength && isText(e, maxExponentLength)) return { kty, n, e }
  if (kty === 'EC' && isText(crv, 16) && isText(x, 88) && isText(y, 88)) return { kty, crv, x, y }
  if (kty === 'OKP' && isText(crv, 16) && isText(x, 43)) return { kty, crv, x }
  return undefined
}

const isText = (value: StrictJson | undefined, maxLength: number): value is string =>
  typeof value === 'string' && value.length <= maxLength && base64url.test(value)

/** The keys of one issuer at one moment; each is imported once. */
export class KeySet {
  readonly keys: readonly PublicKey[]
  readonly #imported = new Map<PublicKey, KeyObject | undefined>()

  constructor(keys: readonly PublicKey[]) {
    this.keys = keys
  }

  /** Undefined where no key of this id fits the algorithm, or more than one does. */
  findKey(kid: string, alg: string): KeyObject | undefined {
    const fitting = this.keys.filter(key => key.kid === kid && fits(key, alg))
    const [key] = fitting
    if (key === undefined || fitting.length > 1) return undefined
    if (!this.#imported.has(key)) this.#imported.set(key, importKey(key))
    return this.#imported.get(key)
  }
}

/** `EdDSA` was renamed `Ed25519` (RFC 9864); issuers label with either. */
const sameName = (alg: string): string => (alg === 'EdDSA' ? 'Ed25519' : alg)

function fits({ alg, jwk }: PublicKey, wanted: string): boolean {
  return fitsScheme(wanted, jwk) && (alg === undefined || sameName(alg) === sameName(wanted))
}

function importKey({ jwk }: PublicKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: { ...jwk }, format: 'jwk' })
  } catch {
    return undefined // a point that is not on its curve, for one
  }
}
