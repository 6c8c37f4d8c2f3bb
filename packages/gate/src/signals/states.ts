/** Of one issuer, and milliseconds by which an answer may be late. */
const most = 16
const lateBy = 600_000

/** What verifications were asked with, until they come. Whoever answers one that nobody asked for is not heard. */
export class States {
  readonly #open = new Map<string, Map<string, number>>()
  readonly #now: () => number

  /** Not by the time of day. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  add(issuer: string, state: string): void {
    const states = this.#open.get(issuer) ?? new Map<string, number>()
    this.#open.set(issuer, states)
    const oldest = states.keys().next()
    if (states.size >= most && oldest.done !== true) states.delete(oldest.value)
    states.set(state, this.#now())
  }

  /** True once for each. */
  take(issuer: string, state: string): boolean {
    const states = this.#open.get(issuer)
    const asked = states?.get(state)
    states?.delete(state)
    return asked !== undefined && this.#now() - asked <= lateBy
  }
}
