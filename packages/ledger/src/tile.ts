import { LedgerError } from './error.ts'
import { equalHashes, hashBytes, nodeHash } from './hash.ts'

/** Hashes in a full tile, entries in a full bundle. */
export const tileWidth = 256

/** Tile index as path elements of three digits, all but the last with an `x`: 1234067 -> x001/x234/067. */
export function tileIndexPath(index: number): string {
  if (!Number.isSafeInteger(index) || index < 0) throw new TypeError('a tile index is a non-negative integer')
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
}

const widthSuffix = (width: number): string => {
  if (!Number.isInteger(width) || width < 1 || width > tileWidth) throw new TypeError('a tile has 1 to 256 hashes')
  return width === tileWidth ? '' : `.p/${width}`
}

/** `tile/<L>/<N>[.p/<W>]` (C2SP tlog-tiles). */
export function tilePath(level: number, index: number, width: number = tileWidth): string {
  if (!Number.isInteger(level) || level < 0 || level > 63) throw new TypeError('a tile level is 0 to 63')
  return `tile/${level}/${tileIndexPath(index)}${widthSuffix(width)}`
}

/** `tile/entries/<N>[.p/<W>]` (C2SP tlog-tiles). */
export function entriesPath(index: number, width: number = tileWidth): string {
  return `tile/entries/${tileIndexPath(index)}${widthSuffix(width)}`
}

/** How many hashes level `level` has in a tree of `size` leaves. */
export const hashesAtLevel = (level: number, size: number): number => Math.floor(size / tileWidth ** level)

/** Width of tile `index` at `level` in a tree of `size` leaves; 0 if it does not exist there. */
export function tileWidthAt(level: number, index: number, size: number): number {
  return Math.max(0, Math.min(tileWidth, hashesAtLevel(level, size) - index * tileWidth))
}

/** Number of hashes a tile of exactly `width` must have, as separate views on `bytes`. */
export function parseTile(bytes: Uint8Array, width: number): Uint8Array[] {
  if (bytes.length !== width * hashBytes) throw new LedgerError('malformed', `a tile of ${width} hashes is ${width * hashBytes} bytes`)
  return Array.from({ length: width }, (_, at) => bytes.subarray(at * hashBytes, (at + 1) * hashBytes))
}

/** Root of the perfect subtree over `hashes`, whose number is a power of two. */
export function foldPerfect(hashes: readonly Uint8Array[]): Uint8Array {
  let row = hashes
  while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, at) => nodeHash(row[2 * at]!, row[2 * at + 1]!))
  const root = row[0]
  if (root === undefined) throw new TypeError('nothing to fold')
  return root
}

/** Position of the first hash that differs between two rows of the same width; undefined if none does. */
export function findDifference(a: readonly Uint8Array[], b: readonly Uint8Array[]): number | undefined {
  const at = a.findIndex((hash, index) => !equalHashes(hash, b[index]!))
  return at === -1 ? undefined : at
}
