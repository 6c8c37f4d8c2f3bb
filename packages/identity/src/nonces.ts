import { createHmac, timingSafeEqual } from 'node:crypto'

/** Milliseconds for which one nonce is given out; it is taken for as long again. */
const givenFor = 60_000

/**
 * Nonces that this process gave (RFC 9449 section 8), without memory of them: the number of their minute, and an HMAC of it under a key
 * that lives as long as the process. So no proof outlives a restart, nor two minutes.
 */
export class Nonces {
  readonly #key: Uint8Array
  #minute = Number.NaN
  #given: readonly string[] = []

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** The one of now. */
  give(now: number): string {
    return this.#taken(now)[0] ?? ''
  }

  isTaken(nonce: string, now: number): boolean {
    return this.#taken(now).some(given => isSame(given, nonce))
  }

  #taken(now: number): readonly string[] {
    const minute = Math.floor(now / givenFor)
    if (minute !== this.#minute) {
      this.#given = [this.#of(minute), this.#of(minute - 1)]
      this.#minute = minute
    }
    return this.#given
  }

  #of(minute: number): string {
    return createHmac('sha256', this.#key).update(`selvage/dpop-nonce/${minute}`).digest('base64url').slice(0, 32)
  }
}

const isSame = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
