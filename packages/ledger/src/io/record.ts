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

/** Views on the payload, which its CRC has vouched for. */
export function* readRecords(payload: Buffer): Generator<WalRecord> {
  for (let at = 0; at < payload.length; ) {
    const entryEnd = at + recordHeaderBytes + payload.readUInt16BE(at)
    const detailEnd = entryEnd + payload.readUInt32BE(at + 2)
    yield { entry: payload.subarray(at + recordHeaderBytes, entryEnd), detail: payload.subarray(entryEnd, detailEnd) }
    at = detailEnd
  }
}
