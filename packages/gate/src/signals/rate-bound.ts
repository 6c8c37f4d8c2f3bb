/** Of one issuer: so many at once, and so many in each second after. */
const burst = 2_000
const perSecond = 400

/** A bound for each name, by no clock that can be set. The names are of the trust, so they are few. */
export class RateBound {
  readonly #left = new Map<string, { tokens: number; at: number }>()
  readonly #now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  take(name: string): boolean {
    const now = this.#now()
    const known = this.#left.get(name) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, known.tokens + ((now - known.at) * perSecond) / 1_000)
    this.#left.set(name, { tokens: Math.max(0, tokens - 1), at: now })
    return tokens >= 1
  }
}
