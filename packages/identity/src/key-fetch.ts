import { checkAddress, type Egress } from './address.ts'
import { type PublicKey, parseKeySet } from './key-set.ts'
import { isStrictObject, parseStrictJson } from './strict-json.ts'

export interface KeyFetch extends Egress {
  readonly fetch: typeof fetch
}

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

async function fetchText(url: URL, options: KeyFetch, signal: AbortSignal): Promise<string> {
  await withSignal(checkAddress(url, options), signal)
  const headers = { accept: 'application/json', 'accept-encoding': 'identity' }
  const response = await options.fetch(url, { headers, redirect: 'error', signal, credentials: 'omit', cache: 'no-store' })
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel()
    throw new Error(`fetch: status ${response.status}`)
  }
  return readBounded(response.body)
}

/** Counts what arrives (after decompression), and ends the connection at the bound. */
async function readBounded(body: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > maxLength) throw new Error('fetch: too large')
    chunks.push(chunk)
  }
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks))
}

/** Name resolution has no signal of its own. */
function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return Promise.race([
    work,
    new Promise<never>((_, reject) => {
      if (signal.aborted) reject(new Error('fetch: too slow'))
      signal.addEventListener('abort', () => reject(new Error('fetch: too slow')), { once: true })
    }),
  ])
}
