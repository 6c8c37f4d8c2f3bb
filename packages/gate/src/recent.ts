/** A bounded map that forgets what was used longest ago. */
export class Recent<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #bound: number

  constructor(bound: number) {
    this.#bound = bound
  }

  find(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: K, value: V): V {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#bound) this.#entries.delete(this.#entries.keys().next().value as K)
    return value
  }
}
