import { seeded } from '../faults/random.ts'

/** Everything that is chosen in a run, from one seed. */
export class Choice {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seeded(seed)
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#next() * (most - least + 1))
  }

  chance(share: number): boolean {
    return this.#next() < share
  }

  of<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to choose from')
    return list[Math.floor(this.#next() * list.length)]!
  }

  /** `count` of them at most, in an order of their own. */
  some<T>(list: readonly T[], count: number): readonly T[] {
    const rest = [...list]
    for (let i = rest.length - 1; i > 0; i -= 1) {
      const j = this.between(0, i)
      ;[rest[i], rest[j]] = [rest[j]!, rest[i]!]
    }
    return rest.slice(0, count)
  }
}

/** A seed for one part of a run: parts do not move each other. */
export const seedOf = (...parts: readonly number[]): number =>
  parts.reduce((mixed, part) => (Math.imul(mixed ^ (part + 0x9e3779b9), 0x85ebca6b) ^ (mixed >>> 13)) >>> 0, 0x51ed270b)
