import { SelvageError } from '@selvage/kernel/model'

const backslash = 0x5c
const quote = 0x22
const digit0 = 0x30
const hex = Buffer.from('0123456789abcdef')
/** Of a byte: 0 where it stands for itself inside a JSON string, else its escape letter, or `u`. */
const escapes = new Uint8Array(256)
for (let byte = 0; byte < 0x20; byte += 1) escapes[byte] = 'u'.charCodeAt(0)
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [quote, '"'],
  [backslash, '\\'],
] as const)
  escapes[byte] = letter.charCodeAt(0)

/** Where copying a view costs less than copying its bytes one by one. */
const longBytes = 48

export interface WriterBounds {
  /** Bytes that are held from the beginning. */
  readonly size: number
  /** Bytes left free at the front of what `take` gives. */
  readonly start: number
  /** Bytes that are held at most, before `take`. */
  readonly most: number
}

/** Bytes that grow. What is written is ASCII, or UTF-8 that is well formed already. Throws `limit.rows` beyond its bound. */
export class ByteWriter {
  length: number
  #bytes: Buffer
  readonly #bounds: WriterBounds

  constructor(bounds: WriterBounds) {
    this.#bytes = Buffer.allocUnsafeSlow(bounds.size)
    this.#bounds = bounds
    this.length = bounds.start
  }

  /** Everything written so far; the writer goes on with new memory. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.length)
    this.#bytes = Buffer.allocUnsafeSlow(this.#bounds.size)
    this.length = this.#bounds.start
    return taken
  }

  /** Makes room for so many bytes, or throws before anybody gathers them. */
  expect(bytes: number): void {
    this.#room(bytes)
  }

  ascii(text: string): void {
    this.#room(text.length)
    for (let i = 0; i < text.length; i += 1) this.#bytes[this.length + i] = text.charCodeAt(i)
    this.length += text.length
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** @param value whole, within ±2^53 */
  integer(value: number): void {
    this.#room(17)
    const bytes = this.#bytes
    let left = value
    if (left < 0) {
      bytes[this.length] = 0x2d
      this.length += 1
      left = -left
    }
    const end = this.length + digitsOf(left)
    for (let at = end - 1; at >= this.length; at -= 1) {
      const next = left > 0x7fffffff ? Math.floor(left / 10) : (left / 10) | 0
      bytes[at] = digit0 + (left - next * 10)
      left = next
    }
    this.length = end
  }

  /** @param value from 0, filled up with zeros on the left to so many digits */
  padded(value: number, digits: number): void {
    this.#room(digits)
    let left = value
    for (let at = this.length + digits - 1; at >= this.length; at -= 1) {
      const next = Math.floor(left / 10)
      this.#bytes[at] = digit0 + (left - next * 10)
      left = next
    }
    this.length += digits
  }

  /** The inside of a JSON string. @param from position in `bytes`, which hold UTF-8 */
  escaped(bytes: Uint8Array, from: number, length: number): void {
    this.#room(length)
    const to = from + length
    let run = from
    for (let i = from; i < to; i += 1) {
      const letter = escapes[bytes[i]!]!
      if (letter === 0) continue
      this.#copy(bytes, run, i)
      this.#room(6 + to - i)
      this.#escape(bytes[i]!, letter)
      run = i + 1
    }
    this.#copy(bytes, run, to)
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    if (to - from >= longBytes) this.#bytes.set(bytes.subarray(from, to), this.length)
    else for (let i = from; i < to; i += 1) this.#bytes[this.length + i - from] = bytes[i]!
    this.length += to - from
  }

  #escape(byte: number, letter: number): void {
    const bytes = this.#bytes
    bytes[this.length] = backslash
    bytes[this.length + 1] = letter
    this.length += 2
    if (letter !== 0x75) return
    bytes[this.length] = digit0
    bytes[this.length + 1] = digit0
    bytes[this.length + 2] = hex[byte >> 4]!
    bytes[this.length + 3] = hex[byte & 15]!
    this.length += 4
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.#bytes.length) return
    const { most } = this.#bounds
    if (this.length + bytes > most) throw tooLarge()
    const larger = Buffer.allocUnsafeSlow(Math.min(most, Math.max(this.length + bytes, this.#bytes.length * 2)))
    this.#bytes.copy(larger, 0, 0, this.length)
    this.#bytes = larger
  }
}

const tooLarge = (): SelvageError =>
  new SelvageError('limit.rows', { detail: 'A single row is larger than this gate sends.', help: 'Select fewer or shorter values.' })

function digitsOf(value: number): number {
  let digits = 1
  for (let bound = 10; value >= bound; bound *= 10) digits += 1
  return digits
}
