import { SelvageError } from '@selvage/kernel/model'

/** One GET on the wire: bounded in time and size (`policy.too_large`), no redirects. */
export async function fetchText(url: string, maxBytes: number, timeoutMs = 5_000): Promise<string> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) })
  if (!response.ok || response.body === null) throw new Error(`${response.status} of ${new URL(url).pathname}`)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body) {
    bytes += part.length
    if (bytes > maxBytes) throw new SelvageError('policy.too_large', { cause: `more than ${maxBytes} bytes of ${new URL(url).pathname}` })
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
