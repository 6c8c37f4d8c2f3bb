/** What waits, in turns between those who wait: one who asks much does not keep the others. */
export class FairQueue<T> {
  readonly #lanes = new Map<string, T[]>()
  readonly #bound: number
  #size = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  get size(): number {
    return this.#size
  }

  /** False where the queue is full, or half full of what this lane has in it. The lane without a name may fill it. */
  push(lane: string, item: T): boolean {
    const waiting = this.#lanes.get(lane) ?? []
    if (this.#size >= this.#bound || (lane !== '' && waiting.length >= this.#bound / 2)) return false
    waiting.push(item)
    this.#lanes.set(lane, waiting)
    this.#size += 1
    return true
  }

  peek(): T | undefined {
    return this.#lanes.values().next().value?.[0]
  }

  shift(): T | undefined {
    const first = this.#lanes.entries().next().value
    if (first === undefined) return undefined
    const [lane, waiting] = first
    const item = waiting.shift()
    this.#lanes.delete(lane)
    if (waiting.length > 0) this.#lanes.set(lane, waiting)
    this.#size -= 1
    return item
  }

  remove(lane: string, item: T): void {
    const waiting = this.#lanes.get(lane)
    const at = waiting?.indexOf(item) ?? -1
    if (waiting === undefined || at < 0) return
    waiting.splice(at, 1)
    if (waiting.length === 0) this.#lanes.delete(lane)
    this.#size -= 1
  }
}
