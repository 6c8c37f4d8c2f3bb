import { LedgerError } from '../error.ts'

/**
 * The payload of a frame: for each entry `entry length u16 | detail length u32 | entry | detail`.
 */
export const recordHeaderBytes = 6

export interface WalRecord {
  readonly entry: Uint8Array
  /** Empty if there is none. */
  readonly detail: Uint8Array
}

/** Grows to hold one batch; its buffer is given away when it is taken. */
export class BatchBuilder {
  #bytes: Buffer = Buffer.allocUnsafeSlow(4096)
  #length = 0
  count = 0

  get length(): number {
    return this.#length
  }

  add(entry: Uint8Array, detail: Uint8Array): void {
    const end = this.#length + recordHeaderBytes + entry.length + detail.length
    if (end > this.#bytes.length) this.#grow(end)
    this.#bytes.writeUInt16BE(entry.length, this.#length)
    this.#bytes.writeUInt32BE(detail.length, this.#length + 2)
    this.#bytes.set(entry, this.#length + recordHeaderBytes)
    this.#bytes.set(detail, this.#length + recordHeaderBytes + entry.length)
    this.#length = end
    this.count += 1
  }

  /** The payload so far, in a buffer of its own; the builder is empty again. */
  take(): { payload: Uint8Array<ArrayBuffer>; count: number } {
    const taken = { payload: new Uint8Array(this.#bytes.buffer as ArrayBuffer, 0, this.#length), count: this.count }
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(65_536, Math.max(4096, this.#length)))
    this.#length = 0
    this.count = 0
    return taken
  }

  #grow(needed: number): void {
    const bigger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(bigger, 0, 0, this.#length)
    this.#bytes = bigger
  }
}

/** Views on the payload, which is exactly `count` records; `corrupt` where it is not, whatever its CRC says. */
export function* readRecords(payload: Buffer, count: number): Generator<WalRecord> {
  let at = 0
  for (let index = 0; index < count; index += 1) {
    const entryEnd = at + recordHeaderBytes + lengthAt(payload, at, 2)
    const detailEnd = entryEnd + lengthAt(payload, at + 2, 4)
    if (detailEnd > payload.length) throw torn()
    yield { entry: payload.subarray(at + recordHeaderBytes, entryEnd), detail: payload.subarray(entryEnd, detailEnd) }
    at = detailEnd
  }
  if (at !== payload.length) throw torn()
}

function lengthAt(payload: Buffer, at: number, bytes: 2 | 4): number {
  if (at + bytes > payload.length) throw torn()
  return payload.readUIntBE(at, bytes)
}

const torn = (): LedgerError => new LedgerError('corrupt', 'a frame of the write-ahead log does not hold the entries that it counts')
