/** What became of an event's id: the same text under it came before, or another one. */
export type Seen = 'new' | 'seen' | 'other'

interface Entry {
  readonly digest: string
  /** Seconds since 1970. */
  readonly issuedAt: number
}

/**
 * Ids of events that were taken, so that one that is sent again is taken once: the oldest go beyond `maxEntries`. Nothing
 * rests on that: what an event changes is the same when it is said twice.
 */
export class SeenEvents {
  readonly #entries = new Map<string, Entry>()
  readonly #maxEntries: number

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  look(id: string, digest: string): Seen {
    const known = this.#entries.get(id)
    if (known === undefined) return 'new'
    return known.digest === digest ? 'seen' : 'other'
  }

  add(id: string, entry: Entry): void {
    const oldest = this.#entries.keys().next()
    if (this.#entries.size >= this.#maxEntries && oldest.done !== true) this.#entries.delete(oldest.value)
    this.#entries.set(id, entry)
  }

  delete(id: string): void {
    this.#entries.delete(id)
  }

  /** Made before `since`, in seconds since 1970: such a one is refused anyway. */
  forget(since: number): void {
    for (const [id, { issuedAt }] of this.#entries) if (issuedAt < since) this.#entries.delete(id)
  }

  entries(): IterableIterator<[string, Entry]> {
    return this.#entries.entries()
  }
}
