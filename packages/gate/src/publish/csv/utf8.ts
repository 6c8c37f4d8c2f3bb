import { isUtf8 } from 'node:buffer'

/** Bytes at the end of `bytes` (0 to 3) that begin a character which is not whole yet. */
export function openTail(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back]!
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return sequenceLength(byte) > back ? back : 0
  }
  return 0
}

const sequenceLength = (lead: number): number => (lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2)

/** The place of the first byte that is no part of well-formed UTF-8 (RFC 3629); undefined if there is none. */
export function findBrokenUtf8(bytes: Uint8Array): number | undefined {
  if (isUtf8(bytes)) return undefined
  // The longest prefix of whole, well-formed characters, by halving: being well-formed is monotone in the length.
  let good = 0
  let bad = bytes.length
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isWellFormed(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  return good - openTail(bytes.subarray(0, good))
}

const isWellFormed = (bytes: Uint8Array): boolean => isUtf8(bytes.subarray(0, bytes.length - openTail(bytes)))
