import { Patience } from './patience.ts'

/**
 * Two budgets of which one runs at a time: the child's, while it may work, and the reader's, while the child waits
 * for whoever takes the rows. Nobody holds a child longer than both together.
 */
export class Stopwatch {
  readonly #left: { working: number; waiting: number }
  readonly #onOver: (which: 'working' | 'waiting') => void
  #running: 'working' | 'waiting' | undefined
  #since = 0
  #patience: Patience | undefined

  constructor(budgets: { readonly workingMs: number; readonly waitingMs: number }, onOver: (which: 'working' | 'waiting') => void) {
    this.#left = { working: budgets.workingMs, waiting: budgets.waitingMs }
    this.#onOver = onOver
  }

  run(which: 'working' | 'waiting'): void {
    if (this.#running === which) return
    this.stop()
    this.#running = which
    this.#since = performance.now()
    this.#patience = new Patience(Math.max(1, this.#left[which]), () => this.#onOver(which))
  }

  stop(): void {
    this.#patience?.end()
    if (this.#running !== undefined) this.#left[this.#running] -= performance.now() - this.#since
    this.#running = undefined
  }
}
