/** Of one name: so many at once, and so many in each second after. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

const usual: Rate = { burst: 2_000, perSecond: 400 }

/** A bound for each name, by no clock that can be set. The names are of the trust, so they are few. */
export class RateBound {
  readonly #left = new Map<string, { tokens: number; at: number }>()
  readonly #now: () => number
  readonly #rate: Rate

  constructor(now: () => number = () => performance.now(), rate = usual) {
    this.#now = now
    this.#rate = rate
  }

  take(name: string): boolean {
    const now = this.#now()
    const { burst, perSecond } = this.#rate
    const known = this.#left.get(name) ?? { tokens: burst, at: now }
    const tokens = Math.min(burst, known.tokens + ((now - known.at) * perSecond) / 1_000)
    this.#left.set(name, { tokens: Math.max(0, tokens - 1), at: now })
    return tokens >= 1
  }
}
