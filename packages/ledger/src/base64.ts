import { LedgerError } from './error.ts'

/** RFC 4648 section 4, canonical only: Node's own decoder takes much that is not base64, so the result is encoded again. */
export function parseBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new LedgerError('malformed', 'not canonical base64')
  return bytes
}
