import { createHmac, timingSafeEqual } from 'node:crypto'

/** Milliseconds of this process's own time for which one nonce is given out; it is taken in the period after that too. */
const period = 60_000

/**
 * The period that a time falls in.
 * @param uptime milliseconds, by a clock that nobody sets
 */
export const noncePeriod = (uptime: number): number => Math.floor(uptime / period)

/**
 * Nonces that this process gave (RFC 9449 section 8), without memory of them: the number of their period, and an HMAC of it under a key
 * that lives as long as the process. So no proof outlives a restart, nor two periods, whatever becomes of the wall clock.
 */
export class Nonces {
  readonly #key: Uint8Array
  #period = Number.NaN
  #given: readonly string[] = []

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  give(now: number): string {
    return this.#taken(now)[0] ?? ''
  }

  isTaken(nonce: string, now: number): boolean {
    return this.#taken(now).some(given => isSame(given, nonce))
  }

  #taken(now: number): readonly string[] {
    if (now !== this.#period) {
      this.#given = [this.#of(now), this.#of(now - 1)]
      this.#period = now
    }
    return this.#given
  }

  #of(number: number): string {
    return createHmac('sha256', this.#key).update(`selvage/dpop-nonce/${number}`).digest('base64url').slice(0, 32)
  }
}

const isSame = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
