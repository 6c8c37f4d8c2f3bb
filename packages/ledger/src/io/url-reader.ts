import { LedgerError } from '../error.ts'
import type { LogReader } from '../reader.ts'
import { tiledReader } from './directory-reader.ts'

export interface UrlReaderOptions {
  /** For one resource, from the request to its last byte. */
  readonly timeoutMs?: number
  /** For one resource, after decompression; never more than the format allows. */
  readonly maxBytes?: number
}

/** Reads a log over HTTP from its prefix. Redirects are not followed: the prefix is the log's. */
export function urlReader(base: string | URL, { timeoutMs = 10_000, maxBytes = 32 * 1024 * 1024 }: UrlReaderOptions = {}): LogReader {
  const prefix = new URL(base)
  if (!['http:', 'https:'].includes(prefix.protocol)) throw new TypeError('a log is read over http or https')
  if (!prefix.pathname.endsWith('/')) prefix.pathname += '/'
  return tiledReader((path, most) => fetchBounded(new URL(path, prefix), path, Math.min(most, maxBytes), timeoutMs))
}

async function fetchBounded(url: URL, path: string, maxBytes: number, timeoutMs: number): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
    if (response.status === 404 || response.status === 410) {
      await response.body?.cancel()
      throw new LedgerError('missing', `${path} is missing`)
    }
    if (response.status !== 200 || response.body === null) throw new LedgerError('unreachable', `${path}: HTTP status ${response.status}`)
    return await readBody(response.body, path, maxBytes)
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause
    throw new LedgerError('unreachable', `${path} cannot be fetched`, { cause })
  }
}

async function readBody(body: ReadableStream<Uint8Array>, path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    // Leaving the loop cancels the stream.
    if (length > maxBytes) throw new LedgerError('too_large', `${path} is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
