import { checkAddress, type Egress } from './address.ts'

/** How an issuer is asked. */
export interface Outbound extends Egress {
  readonly fetch: typeof fetch
}

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Bounds {
  readonly signal: AbortSignal
  /** Statuses of an answer that is read. */
  readonly good: readonly number[]
  /** Bytes of it. */
  readonly maxLength: number
}

/** An answer that is not read. */
export class BadStatus extends Error {
  readonly status: number

  constructor(status: number) {
    super(`fetch: status ${status}`)
    this.status = status
  }
}

/** To an address that may be asked, without redirects and cookies. Throws `BadStatus`, or where there is no answer within the bounds. */
export async function sendBounded(url: URL, sent: Sent, outbound: Outbound, { signal, good, maxLength }: Bounds): Promise<string> {
  await withSignal(checkAddress(url, outbound), signal)
  const response = await outbound.fetch(url, {
    method: sent.method,
    headers: { accept: 'application/json', 'accept-encoding': 'identity', ...sent.headers },
    ...(sent.body === undefined ? {} : { body: sent.body }),
    redirect: 'error',
    signal,
    credentials: 'omit',
    cache: 'no-store',
  })
  if (!good.includes(response.status)) {
    await response.body?.cancel()
    throw new BadStatus(response.status)
  }
  return response.body === null ? '' : readBounded(response.body, maxLength)
}

/** Counts what arrives (after decompression), and ends the connection at the bound. */
async function readBounded(body: ReadableStream<Uint8Array>, maxLength: number): Promise<string> {
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
