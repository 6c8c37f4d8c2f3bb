import { TreeEdge } from './hash.ts'
import type { LogReader } from './reader.ts'
import { foldPerfect, parseTile, tileWidth, tileWidthAt } from './tile.ts'

/**
 * Hashes of the tree of `size` leaves, read from tiles. Tiles are attacker-controlled: what is built of them is only
 * worth something once it leads to a verified root.
 */
export class TreeReader {
  readonly size: number
  readonly #reader: Pick<LogReader, 'tile'>
  // Bounded: the oldest tile goes first.
  readonly #cache = new Map<string, Promise<Uint8Array[]>>()

  constructor(reader: Pick<LogReader, 'tile'>, size: number) {
    this.#reader = reader
    this.size = size
  }

  tile(level: number, index: number): Promise<Uint8Array[]> {
    const name = `${level}/${index}`
    const known = this.#cache.get(name)
    if (known !== undefined) return known
    const read = this.#read(level, index)
    this.#cache.set(name, read)
    if (this.#cache.size > 256) this.#cache.delete(this.#cache.keys().next().value!)
    return read
  }

  async #read(level: number, index: number): Promise<Uint8Array[]> {
    const width = tileWidthAt(level, index, this.size)
    if (width === 0) throw new TypeError('no such tile in a tree of this size')
    return parseTile(await this.#reader.tile(level, index, width), width)
  }

  /** Root of the perfect subtree over leaves `index * 2^height` up to, not including, `(index + 1) * 2^height`. */
  async subtree(height: number, index: number): Promise<Uint8Array> {
    const level = Math.floor(height / 8)
    const count = 2 ** (height % 8)
    const first = index * count
    const hashes = await this.tile(level, Math.floor(first / tileWidth))
    return foldPerfect(hashes.slice(first % tileWidth, (first % tileWidth) + count))
  }

  /** MTH(D[from:to]), where `from` is a multiple of the largest power of two that fits. */
  async range(from: number, to: number): Promise<Uint8Array> {
    const height = floorLog2(to - from)
    if (2 ** height === to - from) return this.subtree(height, from / 2 ** height)
    return (await this.edge(from, to)).root()
  }

  /** The right edge of MTH(D[from:to]), from which more leaves can be appended. */
  async edge(from = 0, to: number = this.size): Promise<TreeEdge> {
    const peaks: Uint8Array[] = []
    for (let at = from; at < to; ) {
      const height = floorLog2(to - at)
      peaks.push(await this.subtree(height, at / 2 ** height))
      at += 2 ** height
    }
    return new TreeEdge(to - from, peaks)
  }
}

/** Exact for safe integers, where Math.log2 rounds. */
export function floorLog2(value: number): number {
  let power = 0
  for (let bound = 2; bound <= value; bound *= 2) power += 1
  return power
}
