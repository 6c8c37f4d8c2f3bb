import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import { tileWidth } from '../tile.ts'
import { makeDurableDirectory, syncDirectory } from './directory.ts'
import { type DurableFiles, writeAll } from './durable-file.ts'
import { layout } from './layout.ts'

/**
 * Details of the entries of one bundle lie in one file: `slot u8 | erased u8 | length u32 | CRC-32 u32 | bytes`, one after
 * another. Erasing writes the file anew with an empty record in the slot, so that a replay does not bring it back.
 * Owned by the publisher; readers open the file by themselves.
 */
const headerBytes = 10
const maxDetailFileBytes = 32 * 1024 * 1024

interface OpenPack {
  readonly bundle: number
  readonly fd: number
  readonly slots: Set<number>
  length: number
}

export class DetailStore {
  readonly #dir: string
  readonly #dirty = new Set<number>()
  readonly #signed: number
  /** Bundles whose file this process has opened before: what lies there is its own. */
  readonly #settled = new Set<number>()
  #open: OpenPack | undefined

  /** `signed`: details of entries before it are on the disk; later ones may lie in a file and yet not be there. */
  constructor(dir: string, signed: number) {
    this.#dir = dir
    this.#signed = signed
  }

  put(index: number, detail: Uint8Array): void {
    const pack = this.#pack(Math.floor(index / tileWidth))
    const slot = index % tileWidth
    if (pack.slots.has(slot)) return
    const record = encodeRecord(slot, detail, false)
    writeAll(pack.fd, record, pack.length)
    pack.length += record.length
    pack.slots.add(slot)
    this.#dirty.add(pack.fd)
  }

  commit(): void {
    for (const fd of this.#dirty) fdatasyncSync(fd)
    this.#dirty.clear()
  }

  /** The detail is gone from its file when `files` is committed. */
  erase(index: number, files: DurableFiles): void {
    this.commit()
    this.close()
    const path = layout.detailFile(this.#dir, index)
    const slot = index % tileWidth
    const kept = existsSync(path) ? [...scanPack(readFileSync(path))].filter(record => record.slot !== slot) : []
    const records = kept.map(record => encodeRecord(record.slot, record.bytes, record.erased))
    files.stage(path, Buffer.concat([...records, encodeRecord(slot, new Uint8Array(), true)]), 0o600)
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd)
    this.#open = undefined
  }

  #pack(bundle: number): OpenPack {
    if (this.#open?.bundle === bundle) return this.#open
    this.commit()
    this.close()
    this.#open = openPack(
      layout.detailFile(this.#dir, bundle * tileWidth),
      bundle,
      this.#settled.has(bundle) ? Number.POSITIVE_INFINITY : this.#signed,
    )
    this.#settled.add(bundle)
    return this.#open
  }
}

function openPack(path: string, bundle: number, signed: number): OpenPack {
  makeDurableDirectory(dirname(path), 0o700)
  const fd = openSync(path, existsSync(path) ? 'r+' : 'wx+', 0o600)
  // Also where it was there: the process that made it may have died before it had synced its name.
  syncDirectory(dirname(path))
  const slots = new Set<number>()
  let length = 0
  for (const { slot, end } of scanPack(readFileSync(path))) {
    // From here on they are written again from the write-ahead log; INVARIANT: an erased one is signed, so before.
    if (bundle * tileWidth + slot >= signed) break
    slots.add(slot)
    length = end
  }
  // What a crash left of a last record is written again from the write-ahead log.
  ftruncateSync(fd, length)
  return { bundle, fd, slots, length }
}

/** The detail of entry `index`: undefined if it never had one, it was erased, or it is not published yet. */
export async function readDetail(dir: string, index: number): Promise<Uint8Array | undefined> {
  for (const { slot, erased, bytes } of scanPack(await readPack(dir, index))) {
    if (slot === index % tileWidth) return erased ? undefined : bytes
  }
  return undefined
}

/** The details of all entries of one bundle (256 entries), by index: for whoever reads many. */
export async function readBundleDetails(dir: string, bundle: number): Promise<ReadonlyMap<number, Uint8Array>> {
  const first = bundle * tileWidth
  const kept = [...scanPack(await readPack(dir, first))].filter(record => !record.erased)
  return new Map(kept.map(({ slot, bytes }) => [first + slot, bytes]))
}

async function readPack(dir: string, index: number): Promise<Buffer> {
  return readFile(layout.detailFile(dir, index)).catch(error => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
}

function encodeRecord(slot: number, bytes: Uint8Array, erased: boolean): Buffer {
  const record = Buffer.alloc(headerBytes + bytes.length)
  record[0] = slot
  record[1] = erased ? 1 : 0
  record.writeUInt32BE(bytes.length, 2)
  record.set(bytes, headerBytes)
  record.writeUInt32BE(crc32(bytes, crc32(record.subarray(0, 6))), 6)
  return record
}

interface PackRecord {
  readonly slot: number
  readonly erased: boolean
  readonly bytes: Buffer
  readonly end: number
}

/** Records up to the first that is not whole. */
function* scanPack(pack: Buffer): Generator<PackRecord> {
  if (pack.length > maxDetailFileBytes) return
  for (let at = 0; at + headerBytes <= pack.length; ) {
    const end = at + headerBytes + pack.readUInt32BE(at + 2)
    if (end > pack.length) return
    const bytes = pack.subarray(at + headerBytes, end)
    if (pack.readUInt32BE(at + 6) !== crc32(bytes, crc32(pack.subarray(at, at + 6)))) return
    yield { slot: pack[at]!, erased: pack[at + 1] === 1, bytes, end }
    at = end
  }
}
