/**
 * Says once that the time is over. Where this process itself was too busy to look, what it waits for may have come: what
 * lies in pipes is read before.
 */
export class Patience {
  readonly #timer: NodeJS.Timeout
  #read: NodeJS.Immediate | undefined

  constructor(ms: number, over: () => void) {
    this.#timer = setTimeout(() => {
      this.#read = setImmediate(over)
    }, ms)
  }

  end(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#read)
  }
}
