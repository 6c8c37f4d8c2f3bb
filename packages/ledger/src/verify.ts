import { type Checkpoint, verifyCheckpoint } from './checkpoint.ts'
import { scanEntryBundle } from './entry-bundle.ts'
import { LedgerError } from './error.ts'
import { emptyRoot, equalHashes, leafHash, TreeEdge } from './hash.ts'
import { parseVerifierKey, type VerifierKey } from './key.ts'
import type { LogReader } from './reader.ts'
import { entriesPath, findDifference, foldPerfect, hashesAtLevel, tilePath, tileWidth, tileWidthAt } from './tile.ts'
import { TreeReader } from './tree-reader.ts'

/**
 * What is wrong, first in the order of the log. `index` counts entries (`entry`, `truncated`, `fork`), bundles
 * (`bundle`) or tiles of the level that `what` names (`tile`); it is the size for `checkpoint`.
 */
export interface FirstBad {
  readonly kind: 'checkpoint' | 'entry' | 'bundle' | 'tile' | 'truncated' | 'fork'
  readonly index: number
  readonly what: string
}

export interface VerifyReport {
  readonly ok: boolean
  readonly origin: string
  /** Of the signed checkpoint; 0 if that itself is bad. */
  readonly size: number
  /** Of the signed checkpoint, base64 as it stands there. */
  readonly root: string
  readonly firstBad?: FirstBad
}

export interface VerifyOptions {
  readonly key: VerifierKey | string
  /** A tree head that the caller saw before: the log must extend it. */
  readonly remembered?: { readonly size: number; readonly root: Uint8Array }
  readonly onProgress?: (done: number, total: number) => void
}

/** Bundles that are read ahead of the one that is hashed. */
const readAhead = 8

/**
 * Recomputes the whole log from its entries and compares every tile and the signed checkpoint. Bad content is a
 * report; a reader that fails for another reason (`unreachable`) throws.
 */
export async function verifyLog(reader: LogReader, options: VerifyOptions): Promise<VerifyReport> {
  const key = typeof options.key === 'string' ? parseVerifierKey(options.key) : options.key
  const head = await orBad(async () => verifyCheckpoint(await reader.checkpoint(), key), 'checkpoint', 0)
  if ('kind' in head) return { ok: false, origin: key.name, size: 0, root: '', firstBad: head }
  const firstBad = findTruncation(head, options.remembered) ?? (await new LogCheck(reader, head, options).findBad())
  const { origin, size } = head
  const root = Buffer.from(head.root).toString('base64')
  return firstBad === undefined ? { ok: true, origin, size, root } : { ok: false, origin, size, root, firstBad }
}

function findTruncation(head: Checkpoint, remembered: VerifyOptions['remembered']): FirstBad | undefined {
  if (remembered === undefined || remembered.size <= head.size) return undefined
  return bad('truncated', head.size, `the log had ${remembered.size} entries and now signs ${head.size}`)
}

/** One pass over the log. Owned by one `verifyLog`. */
class LogCheck {
  readonly #reader: LogReader
  readonly #head: Checkpoint
  readonly #options: VerifyOptions
  readonly #stored: TreeReader
  readonly #edge = new TreeEdge()
  /** Computed hashes of the tile that is being filled, for each level above 0. */
  readonly #filling: Uint8Array[][] = []
  /** Number of tiles that were compared, for each level above 0. */
  readonly #compared: number[] = []
  readonly #finished: { level: number; index: number; hashes: Uint8Array[] }[] = []

  constructor(reader: LogReader, head: Checkpoint, options: VerifyOptions) {
    this.#reader = reader
    this.#head = head
    this.#options = options
    this.#stored = new TreeReader(reader, head.size)
  }

  async findBad(): Promise<FirstBad | undefined> {
    const early = this.#findForkAt(0)
    if (early !== undefined) return early
    for await (const { index, width, bundle, tile } of this.#bundles()) {
      const found = (await this.#checkBundle(index, width, bundle, tile)) ?? (await this.#checkFinished())
      if (found !== undefined) return found
      this.#options.onProgress?.(this.#edge.size, this.#head.size)
    }
    this.#finishPartials()
    return (await this.#checkFinished()) ?? this.#checkRoot()
  }

  async *#bundles(): AsyncGenerator<{ index: number; width: number; bundle: ReadBundle; tile: ReadTile }> {
    const count = Math.ceil(this.#head.size / tileWidth)
    const read = (index: number) => {
      const width = tileWidthAt(0, index, this.#head.size)
      const bundle = orBad(() => this.#reader.entries(index, width), 'bundle', index)
      const tile = orBad(() => this.#stored.tile(0, index), 'tile', index)
      return Promise.all([bundle, tile]).then(([bundle, tile]) => ({ index, width, bundle, tile }))
    }
    const queue = Array.from({ length: Math.min(readAhead, count) }, (_, index) => read(index))
    // A failure is seen when its turn comes; till then it is not unhandled.
    for (const waiting of queue) waiting.catch(() => undefined)
    for (let next = queue.length; queue.length > 0; next += 1) {
      const turn = await queue.shift()!
      if (next < count) {
        const ahead = read(next)
        ahead.catch(() => undefined)
        queue.push(ahead)
      }
      yield turn
    }
  }

  async #checkBundle(index: number, width: number, bundle: ReadBundle, tile: ReadTile): Promise<FirstBad | undefined> {
    if ('kind' in bundle) return bundle
    const first = index * tileWidth
    const { entries, fault } = scanEntryBundle(bundle.bytes, width)
    if (fault === 'short') return bad('entry', first + entries.length, `${entriesPath(index, width)} is cut inside this entry`)
    if (fault === 'long' && bundle.width === width) return bad('bundle', index, `${entriesPath(index, width)} holds more than its entries`)
    const leaves = entries.map(leafHash)
    if ('kind' in tile) return tile
    const at = findDifference(leaves, tile)
    if (at !== undefined) return this.#blame(index, leaves, at)
    return this.#append(leaves)
  }

  #append(leaves: readonly Uint8Array[]): FirstBad | undefined {
    for (const leaf of leaves) {
      this.#edge.append(leaf, (level, hash) => this.#take(level, hash))
      const fork = this.#findForkAt(this.#edge.size)
      if (fork !== undefined) return fork
    }
    return undefined
  }

  #findForkAt(size: number): FirstBad | undefined {
    const { remembered } = this.#options
    if (remembered?.size !== size || equalHashes(this.#edge.root(), remembered.root)) return undefined
    return bad('fork', size, `the first ${size} entries are not those of the remembered checkpoint`)
  }

  #take(level: number, hash: Uint8Array): void {
    if (level === 0) return
    const filling = this.#filling[level] ?? []
    this.#filling[level] = filling
    if (filling.push(hash) === tileWidth) this.#finish(level)
  }

  #finish(level: number): void {
    const index = this.#compared[level] ?? 0
    this.#compared[level] = index + 1
    this.#finished.push({ level, index, hashes: this.#filling[level]! })
    this.#filling[level] = []
  }

  #finishPartials(): void {
    this.#filling.forEach((hashes, level) => {
      if (hashes.length > 0) this.#finish(level)
    })
  }

  async #checkFinished(): Promise<FirstBad | undefined> {
    for (let next = this.#finished.shift(); next !== undefined; next = this.#finished.shift()) {
      const { level, index, hashes } = next
      const stored = await orBad(() => this.#stored.tile(level, index), 'tile', index)
      if ('kind' in stored) return stored
      const at = findDifference(hashes, stored)
      if (at !== undefined) return this.#blameAbove(level, index, at)
    }
    return undefined
  }

  /** An entry and its leaf hash differ: the tile is innocent if it leads to the signed root. */
  async #blame(index: number, leaves: readonly Uint8Array[], at: number): Promise<FirstBad> {
    const path = tilePath(0, index, leaves.length)
    if (!(await this.#leadsToRoot(0, index)) && (await this.#leadsToRoot(0, index, leaves)))
      return bad('tile', index, `${path}: hash ${at} is not that of its entry`)
    const entry = index * tileWidth + at
    return bad('entry', entry, `entry ${entry} is not the one whose hash is in the tree`)
  }

  /** Entries and leaf tile agree, the tile above does not. */
  async #blameAbove(level: number, index: number, at: number): Promise<FirstBad> {
    const below = index * tileWidth + at
    const path = tilePath(level, index, tileWidthAt(level, index, this.#head.size))
    if (level === 1 && (await this.#leadsToRoot(level, index)))
      return bad('bundle', below, `${entriesPath(below)} and its tile were changed together: ${path} disagrees`)
    return bad('tile', index, `${path}: hash ${at} is not that of the tiles below`)
  }

  /** Does the stored tile, or `hashes` in its place, lead to the signed root over the stored tiles above? */
  async #leadsToRoot(level: number, index: number, hashes?: readonly Uint8Array[]): Promise<boolean> {
    try {
      const row = hashes ?? (await this.#stored.tile(level, index))
      if (row.length < tileWidth || hashesAtLevel(level + 1, this.#head.size) === 0) return await this.#edgeLeadsToRoot(level, index, row)
      const above = await this.#stored.tile(level + 1, Math.floor(index / tileWidth))
      if (!equalHashes(foldPerfect(row), above[index % tileWidth]!)) return false
      return await this.#leadsToRoot(level + 1, Math.floor(index / tileWidth))
    } catch (error) {
      if (error instanceof LedgerError && error.code !== 'unreachable') return false
      throw error
    }
  }

  async #edgeLeadsToRoot(level: number, index: number, row: readonly Uint8Array[]): Promise<boolean> {
    const bytes = Buffer.concat(row)
    const replaced = {
      tile: (l: number, i: number, width: number) => (l === level && i === index ? Promise.resolve(bytes) : this.#reader.tile(l, i, width)),
    }
    const edge = await new TreeReader(replaced, this.#head.size).edge()
    return equalHashes(edge.root(), this.#head.root)
  }

  #checkRoot(): FirstBad | undefined {
    const root = this.#head.size === 0 ? emptyRoot : this.#edge.root()
    if (equalHashes(root, this.#head.root)) return undefined
    return bad('checkpoint', this.#head.size, 'the signed root is not the root of the entries and tiles')
  }
}

type ReadBundle = Awaited<ReturnType<LogReader['entries']>> | FirstBad
type ReadTile = Uint8Array[] | FirstBad

const bad = (kind: FirstBad['kind'], index: number, what: string): FirstBad => ({ kind, index, what })

/** Content that is missing, malformed or wrongly signed is a finding; all else is thrown. */
async function orBad<T extends object>(read: () => Promise<T>, kind: FirstBad['kind'], index: number): Promise<T | FirstBad> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof LedgerError && error.code !== 'unreachable') return bad(kind, index, error.message)
    throw error
  }
}
