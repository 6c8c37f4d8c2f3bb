import { rmSync } from 'node:fs'
import { signCheckpoint } from '../checkpoint.ts'
import { parseEntryBundle } from '../entry-bundle.ts'
import { LedgerError } from '../error.ts'
import { equalHashes } from '../hash.ts'
import type { SignerKey } from '../key.ts'
import { buildConsistency, verifyConsistency } from '../proof.ts'
import type { LogReader } from '../reader.ts'
import { tileWidth, tileWidthAt } from '../tile.ts'
import { DetailStore } from './detail-store.ts'
import { directoryReader } from './directory-reader.ts'
import { DurableFiles } from './durable-file.ts'
import { layout } from './layout.ts'
import { readRecords } from './record.ts'
import { listSegments, prepareSpare } from './segment.ts'
import type { SignedHead } from './signed-head.ts'
import { loadTileWriter, TileWriter } from './tile-writer.ts'
import { WalCursor } from './wal-cursor.ts'

export interface PublisherOptions {
  readonly dir: string
  readonly key: SignerKey
  readonly segmentBytes: number
  /** The newest checkpoint that was signed. */
  readonly head: SignedHead
}

/** Files that wait for their sync at once; each holds a descriptor. */
const maxStaged = 128

/**
 * Derives tiles, bundles, details and the signed checkpoint from the write-ahead log, behind the writer and off the
 * path of an acknowledgement. One per log; its calls must not overlap.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #files: DurableFiles
  readonly #tiles: TileWriter
  readonly #cursor: WalCursor
  readonly #details: DetailStore
  readonly #reader: LogReader
  #head: SignedHead

  private constructor(options: PublisherOptions, files: DurableFiles, tiles: TileWriter) {
    this.#options = options
    this.#head = options.head
    this.#files = files
    this.#tiles = tiles
    this.#cursor = new WalCursor(options.dir, tiles.size)
    this.#details = new DetailStore(options.dir, options.head.size)
    this.#reader = directoryReader(options.dir)
  }

  static async open(options: PublisherOptions): Promise<Publisher> {
    const files = new DurableFiles(options.dir)
    const tiles = await loadOrRebuild(options, files)
    const publisher = new Publisher(options, files, tiles)
    // The served file may be behind, or have been taken away; the other may not be on the disk yet.
    if (options.head.note !== undefined) publisher.#writeHead(options.head.note)
    return publisher
  }

  get size(): number {
    return this.#head.size
  }

  /** Publishes all entries before `durable`; gives the newest checkpoint. */
  async publish(durable: number): Promise<string> {
    this.#take(durable)
    if (this.#tiles.size !== this.#head.size || this.#head.note === undefined) await this.#sign()
    this.#tiles.removeObsoletePartials()
    for (const { path } of this.#cursor.takeRead(this.#head.size)) rmSync(path)
    if (this.#cursor.progress > 0.5) prepareSpare(this.#options.dir, this.#options.segmentBytes)
    return this.#head.note!
  }

  eraseDetail(index: number): void {
    this.#details.erase(index, this.#files)
    this.#files.commit()
  }

  close(): void {
    this.#cursor.close()
    this.#details.close()
  }

  #take(durable: number): void {
    for (const { firstIndex, count, payload } of this.#cursor.frames(durable)) {
      let index = firstIndex
      for (const { entry, detail } of readRecords(payload, count)) {
        if (index === this.#tiles.size) this.#tiles.append(entry)
        if (detail.length > 0 && index >= this.#head.size) this.#details.put(index, detail)
        index += 1
      }
      if (this.#files.count >= maxStaged) this.#files.commit()
    }
  }

  async #sign(): Promise<void> {
    const { key } = this.#options
    this.#tiles.stagePartials()
    this.#details.commit()
    this.#files.commit()
    const next = { origin: key.name, size: this.#tiles.size, root: this.#tiles.root() }
    await this.#checkExtends(next)
    const note = signCheckpoint(next, key)
    this.#writeHead(note)
    this.#head = { ...next, note }
  }

  /** A log that signs two histories is worth nothing: what is on the disk must prove that this one extends the last. */
  async #checkExtends(next: { size: number; root: Uint8Array }): Promise<void> {
    const proof = await buildConsistency(this.#reader, this.#head.size, next.size)
    verifyConsistency({ from: this.#head, to: next, proof })
  }

  #writeHead(note: string): void {
    this.#writeNote(layout.signed(this.#options.dir), note, 0o600)
    this.#writeNote(layout.checkpoint(this.#options.dir), note, 0o644)
  }

  #writeNote(path: string, note: string, mode: number): void {
    this.#files.stage(path, note, mode)
    this.#files.commit()
  }
}

async function loadOrRebuild(options: PublisherOptions, files: DurableFiles): Promise<TileWriter> {
  const { dir, head } = options
  try {
    return await loadTileWriter(dir, files, directoryReader(dir), head)
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    return rebuild(options, files, error)
  }
}

/** Makes all tiles again from the entries: of the write-ahead log, and of bundles where it was already dropped. */
async function rebuild({ dir, head }: PublisherOptions, files: DurableFiles, cause: LedgerError): Promise<TileWriter> {
  const tiles = new TileWriter(dir, files)
  const kept = listSegments(dir)[0]?.firstIndex ?? 0
  const add = (entry: Uint8Array) => {
    tiles.append(entry)
    if (files.count >= maxStaged) files.commit()
  }
  const reader = directoryReader(dir)
  for (let index = 0; tiles.size < kept; index += 1) {
    const { bytes, width } = await reader.entries(index, tileWidthAt(0, index, kept))
    for (const entry of parseEntryBundle(bytes, width).slice(0, kept - index * tileWidth)) add(Uint8Array.from(entry))
  }
  for (const { firstIndex, count, payload } of new WalCursor(dir, tiles.size).frames(head.size)) {
    let index = firstIndex
    for (const { entry } of readRecords(payload, count)) {
      if (index === tiles.size && index < head.size) add(entry)
      index += 1
    }
  }
  if (!equalHashes(tiles.root(), head.root))
    throw new LedgerError('corrupt', 'the entries on the disk are not those that were signed', { cause })
  tiles.stagePartials()
  files.commit()
  return tiles
}
