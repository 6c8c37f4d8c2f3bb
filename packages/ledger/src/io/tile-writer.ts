import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { formatEntryBundle, parseEntryBundle } from '../entry-bundle.ts'
import { LedgerError } from '../error.ts'
import { equalHashes, leafHash, TreeEdge } from '../hash.ts'
import type { LogReader } from '../reader.ts'
import { entriesPath, hashesAtLevel, tilePath, tileWidth } from '../tile.ts'
import { TreeReader } from '../tree-reader.ts'
import type { DurableFiles } from './durable-file.ts'

/** One row of hashes or entries that is being filled, and how much of it already stands in a partial file. */
interface Row {
  readonly items: Uint8Array[]
  index: number
  stored: number
}

/** The tree's right edge with the tiles and the bundle that are being filled. Everything left of it is on the disk. */
export class TileWriter {
  readonly #dir: string
  readonly #files: DurableFiles
  readonly #edge: TreeEdge
  readonly #levels: Row[]
  readonly #bundle: Row
  /** Paths of full files whose partial ones are of no more use. */
  #completed: string[] = []

  constructor(dir: string, files: DurableFiles, edge: TreeEdge = new TreeEdge(), levels: Row[] = [], bundle: Row = newRow(0)) {
    this.#dir = dir
    this.#files = files
    this.#edge = edge
    this.#levels = levels
    this.#bundle = bundle
  }

  get size(): number {
    return this.#edge.size
  }

  root(): Uint8Array {
    return this.#edge.root()
  }

  append(entry: Uint8Array): void {
    this.#edge.append(leafHash(entry), (level, hash) => this.#addHash(level, hash))
    this.#bundle.items.push(entry)
    if (this.#bundle.items.length === tileWidth) this.#finish(this.#bundle, entriesPath, formatEntryBundle)
  }

  /** The partial tiles and bundle that a checkpoint of the present size needs. */
  stagePartials(): void {
    this.#stagePartial(this.#bundle, entriesPath, formatEntryBundle)
    this.#levels.forEach((row, level) => {
      this.#stagePartial(row, (index, width) => tilePath(level, index, width), formatTile)
    })
  }

  /** Call once a checkpoint that needs none of them is published: readers of older ones find the full files. */
  removeObsoletePartials(): void {
    for (const path of this.#completed.splice(0)) rmSync(join(this.#dir, `${path}.p`), { recursive: true, force: true })
  }

  #addHash(level: number, hash: Uint8Array): void {
    const row = this.#levels[level] ?? newRow(0)
    this.#levels[level] = row
    row.items.push(hash)
    if (row.items.length === tileWidth) this.#finish(row, (index, width) => tilePath(level, index, width), formatTile)
  }

  #finish(row: Row, path: RowPath, encode: RowEncoder): void {
    const full = path(row.index, tileWidth)
    this.#files.stage(join(this.#dir, full), encode(row.items))
    this.#completed.push(full)
    row.items.length = 0
    row.index += 1
    row.stored = 0
  }

  #stagePartial(row: Row, path: RowPath, encode: RowEncoder): void {
    if (row.items.length === row.stored) return
    this.#files.stage(join(this.#dir, path(row.index, row.items.length)), encode(row.items))
    row.stored = row.items.length
  }
}

const formatTile = (hashes: readonly Uint8Array[]): Buffer => Buffer.concat(hashes)

type RowPath = (index: number, width: number) => string
type RowEncoder = (items: readonly Uint8Array[]) => Uint8Array

const newRow = (index: number): Row => ({ items: [], index, stored: 0 })

/** Continues at `size` from the tiles on the disk, which must lead to `root`. */
export async function loadTileWriter(
  dir: string,
  files: DurableFiles,
  reader: LogReader,
  head: { size: number; root: Uint8Array },
): Promise<TileWriter> {
  const tree = new TreeReader(reader, head.size)
  const edge = await tree.edge()
  if (!equalHashes(edge.root(), head.root)) throw new LedgerError('corrupt', 'the tiles do not lead to the signed root')
  const levels: Row[] = []
  for (let level = 0; hashesAtLevel(level, head.size) > 0; level += 1) {
    const count = hashesAtLevel(level, head.size)
    levels.push(await loadRow(count, async index => [...(await tree.tile(level, index))]))
  }
  const bundle = await loadRow(head.size, async (index, width) => {
    const read = await reader.entries(index, width)
    return parseEntryBundle(read.bytes, read.width).slice(0, width)
  })
  const leaves = bundle.items.map(leafHash)
  if (leaves.some((leaf, at) => !equalHashes(leaf, levels[0]!.items[at]!)))
    throw new LedgerError('corrupt', 'the last entry bundle does not agree with its tile')
  return new TileWriter(dir, files, edge, levels, bundle)
}

async function loadRow(count: number, read: (index: number, width: number) => Promise<readonly Uint8Array[]>): Promise<Row> {
  const row = newRow(Math.floor(count / tileWidth))
  const width = count % tileWidth
  if (width > 0) row.items.push(...(await read(row.index, width)))
  row.stored = width
  return row
}
