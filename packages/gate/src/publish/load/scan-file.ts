import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { CsvFault } from '../csv/fault.ts'
import { parseHeader } from '../csv/header.ts'
import { CsvScanner, csvBounds } from '../csv/scanner.ts'
import { openTail } from '../csv/utf8.ts'
import { openSource, SourceMoved } from '../open-source.ts'
import type { FileDigest, TableJob } from '../wire.ts'
import { changedFile, DataError } from './data-error.ts'
import { type ColumnMap, mapColumns } from './map-columns.ts'

export interface Scanned {
  readonly map: ColumnMap
  readonly records: number
  /** Bytes of content of each field of the header. */
  readonly contentBytes: Float64Array
  readonly digest: FileDigest
  /** Changes whenever the file does. */
  readonly state: string
  /** The file itself, whatever its name is now: the engine reads what was scanned. `createRaw` closes it. */
  readonly handle: FileHandle
  /** CSV without header, `records before, lines below`: where records of several lines move the later ones. */
  readonly shifts: string | undefined
}

const chunkBytes = 1_048_576

/** Reads a whole file once, keeping one chunk of it, and leaves it open. Throws DataError. */
export async function scanFile(job: TableJob, shiftsPath: string, onRows: (rows: number) => void): Promise<Scanned> {
  const handle = await openSource(job.path).catch((error: unknown) => {
    throw error instanceof SourceMoved ? changedFile(job.shown) : error
  })
  const shifts = new Shifts(shiftsPath)
  let map: ColumnMap | undefined
  try {
    const state = await fileState(handle)
    const header = parseHeader(await readAt(handle, 0, Buffer.allocUnsafe(csvBounds.record)))
    map = mapColumns(job, header.line)
    const scanner = new CsvScanner({
      delimiter: job.delimiter,
      fields: map.width,
      offset: header.length,
      lineEnd: header.lineEnd,
      onShift: shifts.add,
    })
    const digest = await scanAll(handle, header.length, scanner, async () => {
      onRows(scanner.records)
      await shifts.drained()
    })
    const { records, contentBytes } = scanner
    return { map, records, contentBytes, digest: { path: job.shown, ...digest }, state, handle, shifts: await shifts.close() }
  } catch (error) {
    await handle.close()
    throw error instanceof CsvFault ? dataError(error, job, map) : error
  } finally {
    await shifts.close()
  }
}

function dataError({ message: what, help, place }: CsvFault, { shown, table }: TableJob, map: ColumnMap | undefined): DataError {
  const column = place.field === undefined ? -1 : (map?.fields.indexOf(place.field) ?? -1)
  const named = column < 0 ? {} : { column: table.columns[column]!.physicalName }
  return new DataError([{ file: shown, line: place.line, byte: place.byte, ...named, what, help }])
}

async function scanAll(
  handle: FileHandle,
  offset: number,
  scanner: CsvScanner,
  onChunk: () => Promise<void>,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256').update(await readAt(handle, 0, Buffer.allocUnsafe(offset)))
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let at = offset
  for (;;) {
    const bytes = await readAt(handle, at, buffer)
    // Cut between two characters; at the end of the file there is nothing to wait for.
    const tail = bytes.length === chunkBytes ? openTail(bytes) : 0
    const whole = bytes.subarray(0, bytes.length - tail)
    if (whole.length === 0) break
    hash.update(whole)
    scanner.push(whole)
    at += whole.length
    await onChunk()
  }
  scanner.end()
  return { size: at, sha256: hash.digest('hex') }
}

/** Fills `buffer` with what stands from `at` on; less only at the end of the file. */
async function readAt(handle: FileHandle, at: number, buffer: Buffer): Promise<Buffer> {
  let done = 0
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return buffer.subarray(0, done)
}

export async function fileState(handle: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true })
  return [dev, ino, size, mtimeNs, ctimeNs].join('-')
}

/** On disk, because a file may be all records of several lines. Made when the first one comes. */
class Shifts {
  readonly #path: string
  #stream: WriteStream | undefined

  constructor(path: string) {
    this.#path = path
  }

  readonly add = (recordsBefore: number, extra: number): void => {
    this.#stream ??= createWriteStream(this.#path, { mode: 0o600 })
    this.#stream.write(`${recordsBefore},${extra}\n`)
  }

  async drained(): Promise<void> {
    const stream = this.#stream
    if (stream?.writableNeedDrain) await once(stream, 'drain')
  }

  async close(): Promise<string | undefined> {
    const stream = this.#stream
    if (stream === undefined) return undefined
    if (!stream.closed) {
      stream.end()
      await once(stream, 'close')
    }
    return this.#path
  }
}
