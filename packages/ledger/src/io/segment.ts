import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, readdirSync, readSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import { LedgerError } from '../error.ts'
import { syncDirectory } from './directory.ts'
import { writeAll } from './durable-file.ts'
import { layout } from './layout.ts'

/**
 * A segment is a preallocated file of zeroes that frames are written into, so that an fdatasync has no size to
 * record. A frame is what was written and synced at once:
 *
 *   magic u32 | payload length u32 | first index u64 | entries u32 | CRC-32 u32 of the rest | payload
 *
 * INVARIANT: the frame after another was written only when that was durable, so a bad frame is torn (and was never
 * acknowledged) only if nothing valid follows it.
 */
export const frameHeaderBytes = 24
const magic = 0x53_4c_56_31
/** A batch closes at 1 MiB; the last entry and its detail may go over. */
export const maxBatchBytes: number = 1024 * 1024
export const maxBatchEntries = 1024
const zeroes = Buffer.alloc(1024 * 1024)
const maxPayloadBytes = maxBatchBytes + 128 * 1024
export const minSegmentBytes: number = 2 * maxPayloadBytes

export interface Frame {
  readonly position: number
  readonly firstIndex: number
  readonly count: number
  readonly payload: Buffer
}

export interface Segment {
  readonly path: string
  readonly firstIndex: number
}

export const segmentPath = (dir: string, firstIndex: number): string => join(layout.wal(dir), `${String(firstIndex).padStart(16, '0')}.wal`)
const sparePath = (dir: string): string => join(layout.wal(dir), 'spare')

/** In the order of their first index. */
export function listSegments(dir: string): Segment[] {
  const names = readdirSync(layout.wal(dir)).filter(name => /^\d{16}\.wal$/.test(name))
  return names.sort().map(name => ({ path: join(layout.wal(dir), name), firstIndex: Number(name.slice(0, 16)) }))
}

/** Makes the next segment ready, so that the writer need not wait for it. Both threads may do it at once: the last wins. */
export function prepareSpare(dir: string, bytes: number): void {
  if (existsSync(sparePath(dir))) return
  const temporary = join(layout.temporary(dir), `spare-${threadId}`)
  const fd = openSync(temporary, 'w', 0o600)
  for (let at = 0; at < bytes; at += zeroes.length) {
    writeAll(fd, zeroes.subarray(0, Math.min(zeroes.length, bytes - at)), at)
    // In steps: one sync of it all would hold up the writer's own.
    fdatasyncSync(fd)
  }
  closeSync(fd)
  renameSync(temporary, sparePath(dir))
}

export function createSegment(dir: string, firstIndex: number, bytes: number): Segment {
  prepareSpare(dir, bytes)
  const path = segmentPath(dir, firstIndex)
  renameSync(sparePath(dir), path)
  syncDirectory(layout.wal(dir))
  return { path, firstIndex }
}

export function encodeFrameHeader(firstIndex: number, count: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(frameHeaderBytes)
  header.writeUInt32BE(magic, 0)
  header.writeUInt32BE(payload.length, 4)
  header.writeBigUInt64BE(BigInt(firstIndex), 8)
  header.writeUInt32BE(count, 16)
  header.writeUInt32BE(frameCrc(header, payload), 20)
  return header
}

const frameCrc = (header: Uint8Array, payload: Uint8Array): number => crc32(payload, crc32(header.subarray(0, 20)))

/** The frame at `position`; `end` where only zeroes lie, `bad` where something lies that is no frame. */
export function readFrame(fd: number, position: number, bytes: number): Frame | 'end' | 'bad' {
  const header = Buffer.alloc(frameHeaderBytes)
  if (position + frameHeaderBytes > bytes) return 'end'
  readExactly(fd, header, position)
  if (header.every(byte => byte === 0)) return 'end'
  const length = header.readUInt32BE(4)
  if (header.readUInt32BE(0) !== magic || length > maxPayloadBytes || position + frameHeaderBytes + length > bytes) return 'bad'
  const payload = Buffer.allocUnsafe(length)
  readExactly(fd, payload, position + frameHeaderBytes)
  if (frameCrc(header, payload) !== header.readUInt32BE(20)) return 'bad'
  return { position, firstIndex: Number(header.readBigUInt64BE(8)), count: header.readUInt32BE(16), payload }
}

function readExactly(fd: number, into: Buffer, position: number): void {
  for (let done = 0; done < into.length; ) {
    const got = readSync(fd, into, done, into.length - done, position + done)
    if (got === 0) throw new LedgerError('corrupt', 'a segment ends before its size')
    done += got
  }
}

export interface SegmentScan {
  /** One after the last entry of a whole frame. */
  readonly nextIndex: number
  /** Where the next frame goes. */
  readonly position: number
  /** Where the last whole frame begins; undefined if there is none. */
  readonly last: number | undefined
  readonly torn: boolean
}

/** Reads every frame of a segment, whose indices must follow one another without a gap. */
export function scanSegment({ path, firstIndex }: Segment, visit?: (frame: Frame) => void): SegmentScan {
  const fd = openSync(path, 'r')
  try {
    const { size } = fstatSync(fd)
    let position = 0
    let nextIndex = firstIndex
    let last: number | undefined
    for (;;) {
      const frame = readFrame(fd, position, size)
      if (frame === 'end') return { nextIndex, position, last, torn: hasBytes(fd, position, size) }
      if (frame === 'bad') return { nextIndex, position, last, torn: true }
      if (frame.firstIndex !== nextIndex) throw new LedgerError('corrupt', `entry ${nextIndex} is missing from the write-ahead log`)
      visit?.(frame)
      last = position
      nextIndex += frame.count
      position += frameHeaderBytes + frame.payload.length
    }
  } finally {
    closeSync(fd)
  }
}

function hasBytes(fd: number, from: number, to: number): boolean {
  const chunk = Buffer.allocUnsafe(zeroes.length)
  for (let at = from; at < to; at += chunk.length) {
    const part = chunk.subarray(0, Math.min(chunk.length, to - at))
    readExactly(fd, part, at)
    if (!part.equals(zeroes.subarray(0, part.length))) return true
  }
  return false
}

/**
 * Cuts what a crash left of a frame that was never acknowledged. Refuses where a valid frame lies behind it: then what
 * is bad was durable once, and cutting it would lose acknowledged entries.
 */
export function cutTornFrame(path: string, { position, nextIndex }: SegmentScan): void {
  const fd = openSync(path, 'r+')
  try {
    const { size } = fstatSync(fd)
    const rest = Buffer.alloc(size - position)
    readExactly(fd, rest, position)
    if (findFrameBehind(fd, rest, position, size, nextIndex))
      throw new LedgerError('corrupt', `the write-ahead log is damaged at entry ${nextIndex}, before entries that were acknowledged`)
    writeAll(fd, Buffer.alloc(rest.length), position)
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Writes the last whole frame once more and syncs it. A crash may have left it in memory only, and after a sync that
 * failed the kernel takes it for written: it would be acted upon now, and be gone when the power fails.
 */
export function settleLastFrame(path: string, { last, position }: SegmentScan): void {
  if (last === undefined) return
  const fd = openSync(path, 'r+')
  try {
    const frame = Buffer.alloc(position - last)
    readExactly(fd, frame, last)
    writeAll(fd, frame, last)
    fdatasyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

function findFrameBehind(fd: number, rest: Buffer, position: number, size: number, nextIndex: number): boolean {
  const mark = Buffer.alloc(4)
  mark.writeUInt32BE(magic)
  for (let at = rest.indexOf(mark, 1); at !== -1; at = rest.indexOf(mark, at + 1)) {
    const frame = readFrame(fd, position + at, size)
    // An entry may hold anything, even what looks like a frame: only indices that can follow count.
    if (typeof frame === 'object' && frame.firstIndex > nextIndex) return true
  }
  return false
}
