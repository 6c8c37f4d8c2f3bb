const first = 1_000
const longest = 60_000

/** When to try again: a second after a first failure, then twice as long each time, a minute at most. Not by the time of day. */
export class Backoff {
  readonly #now: () => number
  #wait = first
  #next: number | undefined

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** True once for each try: until `failed` says how it went, no other is due. */
  isDue(): boolean {
    this.#next ??= this.#now() + this.#wait
    if (this.#now() < this.#next) return false
    this.#next = Number.POSITIVE_INFINITY
    return true
  }

  failed(): void {
    this.#wait = Math.min(longest, this.#wait * 2)
    this.#next = this.#now() + this.#wait
  }

  done(): void {
    this.#wait = first
    this.#next = undefined
  }
}
