import { createHash } from 'node:crypto'
import { SelvageError } from '@selvage/kernel/model'
import { isBoundedText } from './claims.ts'
import { type Jws, JwsRefusal, parseJws } from './jws.ts'
import { isSignedBy, type ProofKeys } from './proof-key.ts'
import type { StrictJson } from './strict-json.ts'

/** A DPoP proof (RFC 9449 section 4) whose signature verified with the key that it names. Its claims are that key's word. */
export interface DpopProof {
  /** Of its key: RFC 7638, SHA-256, base64url. */
  readonly thumbprint: string
  readonly id: string
  readonly nonce?: string
}

/** Of the request and the token that a proof is for. */
export interface ProofFor {
  readonly method: string
  /** `scheme://host/path`. */
  readonly address: string
  readonly token: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Characters. */
const maxLength = 4_096
const maxAddressLength = 2_048
/** Seconds: for one that was made before it came, and for a clock that is ahead. */
const proofAge = 30
const proofSkew = 5

const headerParameters = new Set(['typ', 'alg', 'jwk'])

/** All of RFC 9449 section 4.3 but the replay and the nonce. Throws `identity.proof`; no error carries a part of the proof. */
// attacker-controlled: text
export function verifyProof(text: string, keys: ProofKeys, { method, address, token, now }: ProofFor): DpopProof {
  const jws = parseProof(text)
  const key = keys.find(jws.header.jwk) ?? refuseProof('jwk')
  if (!isSignedBy(jws, key)) refuseProof('signature')
  const { jti, htm, htu, iat, ath, nonce } = jws.payload
  if (!isBoundedText(jti)) return refuseProof('jti')
  if (htm !== method) return refuseProof('htm')
  if (!isAddress(htu, address)) return refuseProof('htu')
  if (!isRecent(iat, now / 1_000)) return refuseProof('iat')
  if (ath !== createHash('sha256').update(token).digest('base64url')) return refuseProof('ath')
  if (nonce !== undefined && !isBoundedText(nonce)) return refuseProof('nonce')
  return { thumbprint: key.thumbprint, id: jti, ...(nonce === undefined ? {} : { nonce }) }
}

function parseProof(text: string): Jws {
  try {
    const jws = parseJws(text, maxLength)
    const { header } = jws
    if (!Object.keys(header).every(name => headerParameters.has(name))) return refuseProof('a header parameter that is not taken')
    return header.typ === 'dpop+jwt' ? jws : refuseProof('typ')
  } catch (error) {
    if (error instanceof JwsRefusal) return refuseProof(error.message)
    throw error
  }
}

/** Without query and fragment, after the normalization of RFC 3986 section 6.2. */
function isAddress(htu: StrictJson | undefined, address: string): boolean {
  if (typeof htu !== 'string' || htu.length > maxAddressLength || address === '') return false
  return htu === address || (normal(htu) ?? 'none') === normal(address)
}

function normal(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { protocol, host, pathname, username, password } = new URL(text)
  return username === '' && password === '' ? `${protocol}//${host}${pathname}` : undefined
}

const isRecent = (iat: StrictJson | undefined, now: number): boolean =>
  typeof iat === 'number' && Number.isSafeInteger(iat) && iat >= now - proofAge - proofSkew && iat <= now + proofSkew

/** `what` is a name of ours or of the specification, never one that the proof brought. */
export function refuseProof(what: string): never {
  throw new SelvageError('identity.proof', { cause: new Error(`proof: ${what}`) })
}
