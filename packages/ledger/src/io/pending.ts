export interface Appended {
  readonly index: number
  /** Hex of the RFC 6962 leaf hash. */
  readonly leaf: string
}

interface Waiting extends Appended {
  readonly bytes: number
  readonly done: Promise<Appended>
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: Error) => void
}

/** Appends that are not durable yet, in the order of their index. */
export class PendingAppends {
  // A queue with a moving head: shift() on a long array is slow.
  #waiting: Waiting[] = []
  #head = 0
  #bytes = 0

  get count(): number {
    return this.#waiting.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  add(appended: Appended, bytes: number): Promise<Appended> {
    this.#bytes += bytes
    const { promise, resolve, reject } = withResolvers<Appended>()
    this.#waiting.push({ ...appended, bytes, done: promise, resolve, reject })
    return promise
  }

  /** Resolves when what waits now is durable, rejects with it. */
  async settled(): Promise<void> {
    const last = this.#waiting.at(-1)
    if (this.count > 0 && last !== undefined) await last.done
  }

  /** All entries before `durable` are on the disk. */
  acknowledge(durable: number): void {
    for (let next = this.#waiting[this.#head]; next !== undefined && next.index < durable; next = this.#waiting[this.#head]) {
      this.#head += 1
      this.#bytes -= next.bytes
      next.resolve({ index: next.index, leaf: next.leaf })
    }
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head)
      this.#head = 0
    }
  }

  rejectAll(error: Error): void {
    for (const { reject } of this.#waiting.splice(0).slice(this.#head)) reject(error)
    this.#head = 0
    this.#bytes = 0
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: Error) => void = () => undefined
  const promise = new Promise<T>((res, rej) => {
    resolve = res
    reject = rej
  })
  return { promise, resolve, reject }
}
