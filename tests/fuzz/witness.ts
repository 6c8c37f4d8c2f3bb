/** The input that runs now, where another thread can see it if this one never comes back. */
export class Witness {
  readonly #head: Int32Array
  readonly #bytes: Uint8Array

  static readonly longest = 2 * 1_048_576

  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, 2)
    this.#bytes = new Uint8Array(shared, 8)
  }

  static allocate = (): SharedArrayBuffer => new SharedArrayBuffer(8 + Witness.longest)

  begins(input: Uint8Array): void {
    const length = Math.min(input.length, Witness.longest)
    this.#bytes.set(length < input.length ? input.subarray(0, length) : input)
    this.#head[1] = length
    Atomics.add(this.#head, 0, 1)
  }

  /** How many have begun. */
  get count(): number {
    return Atomics.load(this.#head, 0)
  }

  get input(): Buffer {
    return Buffer.from(this.#bytes.slice(0, this.#head[1]))
  }
}
