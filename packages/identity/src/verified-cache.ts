import { createHash } from 'node:crypto'

interface Entry<T> {
  readonly value: T
  readonly until: number
}

const maxEntries = 10_000
/** Milliseconds. */
export const rememberedFor = 60_000

/**
 * What was verified, least recently used out first. The key is SHA-256 over the name of what verified
 * (verifier and its keys) and the whole token, so no hit crosses from one to another. Expiry is the
 * caller's: an entry may outlive its token.
 */
export class VerifiedCache<T> {
  readonly #entries = new Map<string, Entry<T>>()

  static key(verifier: string, token: string): string {
    return createHash('sha256').update(`${verifier}\0${token}`).digest('base64url')
  }

  find(key: string, now: number): T | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (now >= entry.until || entry.until - now > rememberedFor) return undefined
    this.#entries.set(key, entry)
    return entry.value
  }

  add(key: string, value: T, now: number): void {
    const oldest = this.#entries.keys().next()
    if (this.#entries.size >= maxEntries && oldest.done !== true) this.#entries.delete(oldest.value)
    this.#entries.set(key, { value, until: now + rememberedFor })
  }

  get size(): number {
    return this.#entries.size
  }
}
