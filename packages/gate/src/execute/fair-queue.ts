export interface QueueBounds {
  /** Items that may wait, of all lanes together. */
  readonly waiting: number
  /** Items of one lane that may wait. */
  readonly waitingPerLane: number
  /** Items of one lane that may be taken and not yet given back. */
  readonly runningPerLane: number
  /** Milliseconds, monotone. */
  readonly now?: () => number
}

interface Lane<T> {
  readonly name: string
  readonly waiting: T[]
  running: number
  /** Milliseconds that its items took, halved every `halfLifeMs`, as of `at`. */
  spent: number
  at: number
  /** Lanes that spent the same take turns: smaller goes first. */
  turn: number
}

/** For so long half of what a lane took is remembered. */
const halfLifeMs = 5_000
/** What is left of a lane's account below this counts as nothing. */
const forgottenMs = 1
/** Accounts of lanes that have nothing waiting or running. */
const accountBound = 4_096

/**
 * What waits, in a fair order between those who wait: whoever took the least time of late goes first, and those who
 * took the same take turns. So one who asks much, or little that is heavy, does not keep the others. The lane without
 * a name is not bounded by itself.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>()
  readonly #bounds: QueueBounds
  readonly #now: () => number
  #size = 0
  #turn = 0

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds
    this.#now = bounds.now ?? (() => performance.now())
  }

  get size(): number {
    return this.#size
  }

  /** Lanes that have an account. */
  get lanes(): number {
    return this.#lanes.size
  }

  /** Says which bound is reached where the item cannot wait. */
  push(name: string, item: T): 'waits' | 'lane full' | 'full' {
    const lane = this.#lanes.get(name)
    if (name !== '' && (lane?.waiting.length ?? 0) >= this.#bounds.waitingPerLane) return 'lane full'
    if (this.#size >= this.#bounds.waiting) return 'full'
    this.#laneOf(name).waiting.push(item)
    this.#size += 1
    return 'waits'
  }

  /** The item that is next, of the lanes that may have another one taken. */
  peek(): T | undefined {
    return this.#next()?.waiting[0]
  }

  /** Takes the first of a lane. Each item that was taken is given back with `release`. */
  take(name: string): T | undefined {
    const lane = this.#lanes.get(name)
    const item = lane?.waiting.shift()
    if (lane === undefined || item === undefined) return undefined
    lane.running += 1
    lane.turn = ++this.#turn
    this.#size -= 1
    return item
  }

  /** @param tookMs what the item took of whatever the lanes share */
  release(name: string, tookMs: number): void {
    const lane = this.#lanes.get(name)
    if (lane === undefined) return
    lane.running -= 1
    lane.spent = this.#spent(lane) + tookMs
    lane.at = this.#now()
    this.#forget(lane)
  }

  /** Whether it waited. */
  remove(name: string, item: T): boolean {
    const lane = this.#lanes.get(name)
    const at = lane?.waiting.indexOf(item) ?? -1
    if (lane === undefined || at < 0) return false
    lane.waiting.splice(at, 1)
    this.#size -= 1
    this.#forget(lane)
    return true
  }

  /** Everything that waits, taken out for good. */
  drain(): readonly T[] {
    const all = [...this.#lanes.values()].flatMap(({ waiting }) => waiting.splice(0))
    this.#size = 0
    return all
  }

  #next(): Lane<T> | undefined {
    let best: Lane<T> | undefined
    let least = Number.POSITIVE_INFINITY
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length === 0 || !this.#mayRun(lane)) continue
      const spent = this.#spent(lane)
      if (best !== undefined && (spent > least || (spent === least && lane.turn > best.turn))) continue
      best = lane
      least = spent
    }
    return best
  }

  #mayRun({ name, running }: Lane<T>): boolean {
    return name === '' || running < this.#bounds.runningPerLane
  }

  #spent({ spent, at }: Lane<T>): number {
    const left = spent * 0.5 ** ((this.#now() - at) / halfLifeMs)
    return left < forgottenMs ? 0 : left
  }

  #laneOf(name: string): Lane<T> {
    const known = this.#lanes.get(name)
    if (known !== undefined) return known
    const lane: Lane<T> = { name, waiting: [], running: 0, spent: 0, at: this.#now(), turn: ++this.#turn }
    this.#lanes.set(name, lane)
    return lane
  }

  /** A lane that does nothing is kept for its account alone; of those the bound forgets the oldest. */
  #forget(lane: Lane<T>): void {
    if (isIdle(lane) && this.#spent(lane) === 0) this.#lanes.delete(lane.name)
    if (this.#lanes.size <= accountBound) return
    for (const other of this.#lanes.values()) {
      if (isIdle(other)) {
        this.#lanes.delete(other.name)
        return
      }
    }
  }
}

const isIdle = ({ waiting, running }: Lane<unknown>): boolean => waiting.length === 0 && running === 0
