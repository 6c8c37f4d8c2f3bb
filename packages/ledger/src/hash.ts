import { hash } from 'node:crypto'

/** Bytes of a SHA-256 hash. */
export const hashBytes = 32
/** The longest entry that a bundle can hold (its length is a uint16). */
export const maxEntryBytes = 65_535

const leafScratch = Buffer.alloc(1 + maxEntryBytes)
const nodeScratch = Buffer.alloc(1 + 2 * hashBytes)
nodeScratch[0] = 1

/** Root of the empty tree: SHA-256 of nothing (RFC 6962, section 2.1). */
export const emptyRoot: Uint8Array = hash('sha256', '', 'buffer')

/** RFC 6962: SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array): Buffer {
  if (entry.length > maxEntryBytes) throw new TypeError('an entry is at most 65,535 bytes')
  leafScratch.set(entry, 1)
  return hash('sha256', leafScratch.subarray(0, 1 + entry.length), 'buffer')
}

/** RFC 6962: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeScratch.set(left, 1)
  nodeScratch.set(right, 1 + hashBytes)
  return hash('sha256', nodeScratch, 'buffer')
}

/** RFC 6962: MTH over leaf hashes. */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  const edge = new TreeEdge()
  for (const leaf of leaves) edge.append(leaf)
  return edge.root()
}

export const equalHashes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

/** Told of each finished hash that belongs in a tile: level 0 are leaves, level n the roots of full tiles of n - 1. */
export type TileHashSink = (level: number, hash: Uint8Array) => void

/**
 * The right edge of a growing tree: the roots of the perfect subtrees that make up its size, largest first.
 * INVARIANT: `peaks` has one hash for each bit that is set in `size`.
 */
export class TreeEdge {
  #size: number
  readonly #peaks: Uint8Array[]

  constructor(size = 0, peaks: readonly Uint8Array[] = []) {
    this.#size = size
    this.#peaks = [...peaks]
  }

  get size(): number {
    return this.#size
  }

  append(leaf: Uint8Array, sink?: TileHashSink): void {
    sink?.(0, leaf)
    let carried = leaf
    let height = 0
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      carried = nodeHash(this.#peaks.pop()!, carried)
      height += 1
      if (height % 8 === 0) sink?.(height / 8, carried)
    }
    this.#peaks.push(carried)
    this.#size += 1
  }

  root(): Uint8Array {
    return this.#peaks.length === 0 ? emptyRoot : this.#peaks.reduceRight((right, left) => nodeHash(left, right))
  }
}
