/**
 * A bounded map that forgets what was used longest ago. Where the size of its values follows what somebody sent, a
 * count bounds no memory: then each key has a weight, and the weights a sum.
 */
export class Recent<K, V> {
  readonly #entries = new Map<K, { readonly value: V; readonly weight: number }>()
  readonly #bound: number
  readonly #heaviest: number
  readonly #onForgotten: (value: V) => void
  #weight = 0

  /** `onForgotten` lets go of what the collector does not; what was taken is not forgotten. */
  constructor(bound: number, heaviest = Number.POSITIVE_INFINITY, onForgotten: (value: V) => void = () => undefined) {
    this.#bound = bound
    this.#heaviest = heaviest
    this.#onForgotten = onForgotten
  }

  find(key: K): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Finds it and leaves nothing behind. */
  take(key: K): V | undefined {
    const value = this.#entries.get(key)?.value
    this.#remove(key)
    return value
  }

  /** What alone is heavier than all may be is not kept. */
  set(key: K, value: V, weight = 0): V {
    this.#forget(key)
    if (weight > this.#heaviest) {
      this.#onForgotten(value)
      return value
    }
    this.#entries.set(key, { value, weight })
    this.#weight += weight
    while (this.#entries.size > this.#bound || this.#weight > this.#heaviest) this.#forget(this.#entries.keys().next().value as K)
    return value
  }

  clear(): void {
    for (const key of this.#entries.keys()) this.#forget(key)
  }

  #forget(key: K): void {
    const entry = this.#entries.get(key)
    this.#remove(key)
    if (entry !== undefined) this.#onForgotten(entry.value)
  }

  #remove(key: K): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0
    this.#entries.delete(key)
  }
}
