import { LedgerError } from './error.ts'
import { maxEntryBytes } from './hash.ts'
import { tileWidth } from './tile.ts'

/** The largest bundle that the format allows. */
export const maxBundleBytes: number = tileWidth * (2 + maxEntryBytes)

/** Entries as big-endian uint16 length and bytes, one after another (C2SP tlog-tiles). */
export function formatEntryBundle(entries: readonly Uint8Array[]): Buffer {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + 2 + entry.length, 0))
  let at = 0
  for (const entry of entries) {
    if (entry.length > maxEntryBytes) throw new TypeError('an entry is at most 65,535 bytes')
    bytes.writeUInt16BE(entry.length, at)
    bytes.set(entry, at + 2)
    at += 2 + entry.length
  }
  return bytes
}

export interface ParsedBundle {
  /** Views on the given bytes. */
  readonly entries: readonly Uint8Array[]
  /** What is wrong with the rest, if the bundle is not exactly `width` entries. */
  readonly fault?: 'short' | 'long'
}

/** Reads up to `width` entries; tells rather than throws where a bundle is cut, so that the entry can be named. */
export function scanEntryBundle(bytes: Uint8Array, width: number): ParsedBundle {
  const entries: Uint8Array[] = []
  let at = 0
  while (entries.length < width) {
    const length = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
    if (at + 2 > bytes.length || at + 2 + length > bytes.length) return { entries, fault: 'short' }
    entries.push(bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return at === bytes.length ? { entries } : { entries, fault: 'long' }
}

/** Exactly `width` entries, or `malformed`. */
export function parseEntryBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const { entries, fault } = scanEntryBundle(bytes, width)
  if (fault !== undefined) throw new LedgerError('malformed', `an entry bundle of ${width} entries is too ${fault}`)
  return entries
}
