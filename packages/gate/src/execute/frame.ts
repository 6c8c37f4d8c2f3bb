/** On the pipes between the gate and its children: u32 length of the payload, u8 kind, payload. */
export interface Frame {
  readonly kind: number
  readonly payload: Buffer
}

export const headerBytes = 5

export function writeHeader(into: Buffer, kind: number, payloadBytes: number): void {
  into.writeUInt32BE(payloadBytes, 0)
  into.writeUInt8(kind, 4)
}

export function encodeFrame(kind: number, payload: Uint8Array | string): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
  const frame = Buffer.allocUnsafe(headerBytes + bytes.length)
  writeHeader(frame, kind, bytes.length)
  frame.set(bytes, headerBytes)
  return frame
}

/** The other side sent something that is no frame. There is no way back: its process ends. */
export class FrameError extends Error {}

/** Cuts what a pipe delivers into frames. A frame larger than the bound is refused before it is gathered. */
export class FrameReader {
  readonly #bound: number
  #parts: Buffer[] = []
  #held = 0

  /** @param bound bytes of the largest payload that is taken */
  constructor(bound: number) {
    this.#bound = bound
  }

  push(part: Buffer): Frame[] {
    this.#parts.push(part)
    this.#held += part.length
    const frames: Frame[] = []
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | undefined {
    if (this.#held < headerBytes) return undefined
    if (this.#parts[0]!.length < headerBytes) this.#parts = [Buffer.concat(this.#parts)]
    const head = this.#parts[0]!
    const length = head.readUInt32BE(0)
    if (length > this.#bound) throw new FrameError(`a frame of ${length} bytes; the bound is ${this.#bound}`)
    if (this.#held < headerBytes + length) return undefined
    const whole = this.#take(headerBytes + length)
    return { kind: whole[4]!, payload: whole.subarray(headerBytes) }
  }

  #take(bytes: number): Buffer {
    const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    const rest = all.subarray(bytes)
    this.#parts = rest.length === 0 ? [] : [rest]
    this.#held = rest.length
    return all.subarray(0, bytes)
  }
}
