import { closeSync, fdatasyncSync, fstatSync, openSync } from 'node:fs'
import { LedgerError } from '../error.ts'
import { syncDirectory } from './directory.ts'
import { writeAll } from './durable-file.ts'
import { layout } from './layout.ts'
import {
  createSegment,
  cutTornFrame,
  encodeFrameHeader,
  frameHeaderBytes,
  listSegments,
  type Segment,
  type SegmentScan,
  scanSegment,
  settleLastFrame,
} from './segment.ts'

export interface WalBatch {
  /** Records as `record.ts` has them. */
  readonly payload: Uint8Array
  readonly count: number
}

/** The write-ahead log: what `write` returned from survives a crash of the process and of the machine. One writer. */
export class Wal {
  readonly #dir: string
  readonly #segmentBytes: number
  #segment: Segment
  #fd: number
  #capacity: number
  #position: number
  #size: number
  #frame: Buffer = Buffer.alloc(0)

  /** `signedSize` is the size of the newest signed checkpoint: fewer entries than that are a rollback. */
  constructor(dir: string, segmentBytes: number, signedSize: number) {
    this.#dir = dir
    this.#segmentBytes = segmentBytes
    const { segment, nextIndex, position } = recover(dir, signedSize) ?? startEmpty(dir, segmentBytes)
    this.#segment = segment
    this.#fd = openSync(segment.path, 'r+')
    this.#capacity = fstatSync(this.#fd).size
    this.#position = position
    this.#size = nextIndex
  }

  get size(): number {
    return this.#size
  }

  /** Makes one frame of the batches, durable on return. After an error nothing more may be written. */
  write(batches: readonly WalBatch[]): void {
    const frame = this.#join(batches)
    const count = batches.reduce((sum, batch) => sum + batch.count, 0)
    frame.set(encodeFrameHeader(this.#size, count, frame.subarray(frameHeaderBytes)))
    if (this.#position + frame.length > this.#capacity) this.roll()
    writeAll(this.#fd, frame, this.#position)
    fdatasyncSync(this.#fd)
    this.#position += frame.length
    this.#size += count
  }

  /** Starts a new segment, so that the one before can be dropped once it is in tiles. */
  roll(): void {
    if (this.#segment.firstIndex === this.#size) return
    closeSync(this.#fd)
    this.#segment = createSegment(this.#dir, this.#size, this.#segmentBytes)
    this.#fd = openSync(this.#segment.path, 'r+')
    this.#capacity = fstatSync(this.#fd).size
    this.#position = 0
  }

  close(): void {
    closeSync(this.#fd)
  }

  /** Room for a header and the payloads, in a buffer that the next call uses again. */
  #join(batches: readonly WalBatch[]): Buffer {
    const length = batches.reduce((sum, batch) => sum + batch.payload.length, frameHeaderBytes)
    if (this.#frame.length < length) this.#frame = Buffer.allocUnsafe(2 * length)
    const frame = this.#frame.subarray(0, length)
    let at = frameHeaderBytes
    for (const { payload } of batches) {
      frame.set(payload, at)
      at += payload.length
    }
    return frame
  }
}

type Recovered = SegmentScan & { readonly segment: Segment }

function startEmpty(dir: string, segmentBytes: number): Recovered {
  return { segment: createSegment(dir, 0, segmentBytes), nextIndex: 0, position: 0, last: undefined, torn: false }
}

function recover(dir: string, signedSize: number): Recovered | undefined {
  const segments = listSegments(dir)
  if (segments.length === 0 && signedSize === 0) return undefined
  if ((segments[0]?.firstIndex ?? 0) > signedSize)
    throw new LedgerError('rollback', `entries from ${signedSize} on are missing from the write-ahead log`)
  let last: Recovered | undefined
  for (const segment of segments) {
    if (last !== undefined && (last.torn || last.nextIndex !== segment.firstIndex))
      throw new LedgerError('corrupt', `the write-ahead log is damaged at entry ${last.nextIndex}, before entries that were acknowledged`)
    last = { segment, ...scanSegment(segment) }
  }
  if (last?.torn && last.nextIndex < signedSize)
    throw new LedgerError('corrupt', `the write-ahead log is damaged at entry ${last.nextIndex}, which was signed`)
  if (last === undefined || last.nextIndex < signedSize)
    throw new LedgerError('rollback', `the write-ahead log holds ${last?.nextIndex ?? 0} entries, ${signedSize} were signed`)
  if (last.torn) cutTornFrame(last.segment.path, last)
  settleLastFrame(last.segment.path, last)
  syncDirectory(layout.wal(dir))
  return last
}
