/** Looks at one issuer within a window, whoever asks for them. */
const looks = 2
/** Milliseconds. */
const window = 60_000
const cooldown = 30_000

/** At most two looks in any minute, and none for half a minute after a failure. Times in milliseconds. */
export class FetchBudget {
  #taken: number[] = []
  #restsUntil = Number.NEGATIVE_INFINITY

  take(now: number): boolean {
    // A clock that was set back must not lock the issuer out for as long.
    this.#taken = this.#taken.filter(at => at <= now && now - at < window)
    if (this.#restsUntil - now > cooldown) this.#restsUntil = now
    if (this.#taken.length >= looks || now < this.#restsUntil) return false
    this.#taken.push(now)
    return true
  }

  rest(now: number): void {
    this.#restsUntil = now + cooldown
  }
}
