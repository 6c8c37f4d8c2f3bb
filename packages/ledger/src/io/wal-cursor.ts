import { closeSync, existsSync, fstatSync, openSync } from 'node:fs'
import { LedgerError } from '../error.ts'
import { type Frame, frameHeaderBytes, listSegments, readFrame, type Segment, segmentPath } from './segment.ts'

/** Reads frames behind the writer, never past what is durable. */
export class WalCursor {
  readonly #dir: string
  #segment: Segment
  #fd: number
  #bytes: number
  #position = 0
  #nextIndex: number

  /** Starts at the first frame of the segment that holds entry `from`. */
  constructor(dir: string, from: number) {
    this.#dir = dir
    const segment = listSegments(dir).findLast(({ firstIndex }) => firstIndex <= from)
    if (segment === undefined) throw new LedgerError('rollback', `entry ${from} is missing from the write-ahead log`)
    this.#segment = segment
    this.#nextIndex = segment.firstIndex
    this.#fd = openSync(segment.path, 'r')
    this.#bytes = fstatSync(this.#fd).size
  }

  /** The share of the current segment that was read. */
  get progress(): number {
    return this.#position / this.#bytes
  }

  *frames(durable: number): Generator<Frame> {
    while (this.#nextIndex < durable) {
      const frame = readFrame(this.#fd, this.#position, this.#bytes)
      if (frame === 'end') {
        this.#advance()
        continue
      }
      if (frame === 'bad' || frame.firstIndex !== this.#nextIndex)
        throw new LedgerError('corrupt', `the write-ahead log is damaged at entry ${this.#nextIndex}`)
      this.#position += frameHeaderBytes + frame.payload.length
      this.#nextIndex += frame.count
      yield frame
    }
  }

  /** Segments that were read to their end, given that all before `signed` is in durable tiles. */
  takeRead(signed: number): Segment[] {
    if (this.#nextIndex <= signed && existsSync(segmentPath(this.#dir, this.#nextIndex))) this.#moveTo(this.#nextIndex)
    return listSegments(this.#dir).filter(({ firstIndex }) => firstIndex < this.#segment.firstIndex)
  }

  close(): void {
    closeSync(this.#fd)
  }

  #advance(): void {
    if (this.#nextIndex === this.#segment.firstIndex || !existsSync(segmentPath(this.#dir, this.#nextIndex)))
      throw new LedgerError('corrupt', `entry ${this.#nextIndex} is missing from the write-ahead log`)
    this.#moveTo(this.#nextIndex)
  }

  #moveTo(firstIndex: number): void {
    if (firstIndex === this.#segment.firstIndex) return
    closeSync(this.#fd)
    this.#segment = { path: segmentPath(this.#dir, firstIndex), firstIndex }
    this.#fd = openSync(this.#segment.path, 'r')
    this.#bytes = fstatSync(this.#fd).size
    this.#position = 0
  }
}
