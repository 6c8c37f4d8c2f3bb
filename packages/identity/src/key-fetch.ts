import { type PublicKey, parseKeySet } from './key-set.ts'
import { type Outbound, sendBounded } from './outbound.ts'
import { isStrictObject, parseStrictJson } from './strict-json.ts'

export type KeyFetch = Outbound

/** Milliseconds for all that one look at an issuer takes. */
const patience = 3_000
/** Bytes of each document. */
const maxLength = 256 * 1024

/** Where an issuer keeps its keys (OpenID Connect Discovery 1.0): on its own origin, or nowhere. */
export async function fetchKeySetAddress(issuer: string, options: KeyFetch, signal: AbortSignal): Promise<string> {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const document = parseStrictJson(await fetchText(url, options, signal))
  if (!isStrictObject(document) || document.issuer !== issuer) throw new Error('discovery: another issuer’s document')
  if (typeof document.jwks_uri !== 'string') throw new Error('discovery: no jwks_uri')
  const address = new URL(document.jwks_uri)
  if (address.origin !== url.origin) throw new Error('discovery: jwks_uri on another origin')
  return address.href
}

export async function fetchKeySet(address: string, options: KeyFetch, signal: AbortSignal): Promise<readonly PublicKey[]> {
  const keys = parseKeySet(await fetchText(new URL(address), options, signal))
  // An empty set is an accident of the issuer, not its word that nobody may enter.
  if (keys.length === 0) throw new Error('key set: no usable key')
  return keys
}

export const deadline = (): AbortSignal => AbortSignal.timeout(patience)

const fetchText = (url: URL, options: KeyFetch, signal: AbortSignal): Promise<string> =>
  sendBounded(url, { method: 'GET' }, options, { signal, good: [200], maxLength })
