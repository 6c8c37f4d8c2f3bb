/** A seeded source of numbers (mulberry32): the same seed gives the same sequence on every machine. */
export class Random {
  #state

  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** 0 inclusive to 1 exclusive. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let value = this.#state
    value = Math.imul(value ^ (value >>> 15), value | 1)
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61)
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }

  /** A whole number, both ends inclusive. */
  between(low, high) {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability) {
    return this.next() < probability
  }

  pick(items) {
    return items[this.between(0, items.length - 1)]
  }

  /** One of [item, weight] pairs. */
  weighted(pairs) {
    let left = this.next() * pairs.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [item, weight] of pairs) {
      left -= weight
      if (left < 0) return item
    }
    return pairs.at(-1)[0]
  }

  digits(count) {
    return Array.from({ length: count }, () => this.between(0, 9)).join('')
  }

  /** `#` becomes a digit, `@` a capital letter. */
  shape(pattern) {
    return pattern.replace(/[#@]/g, mark => (mark === '#' ? String(this.between(0, 9)) : String.fromCharCode(65 + this.between(0, 25))))
  }

  uuid() {
    const hex = Array.from({ length: 32 }, () => this.between(0, 15).toString(16)).join('')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }
}
