import { seeded } from '../../faults/random.ts'

export interface Uid {
  readonly type: string
  readonly id: string
}

export interface EntityJson {
  readonly uid: Uid
  readonly attrs: Readonly<Record<string, unknown>>
  readonly parents: readonly Uid[]
  readonly tags?: Readonly<Record<string, unknown>>
}

/** Everything that is drawn comes from one seed. */
export class Random {
  /** At least 0, below 1. */
  readonly next: () => number

  constructor(seed: number) {
    this.next = seeded(seed)
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }

  /** At most `count` of them, each once. */
  some<T>(list: readonly T[], count: number): T[] {
    const left = [...list]
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(this.below(left.length), 1)[0]!)
  }
}
