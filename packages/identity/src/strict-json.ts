/** JSON as `parseStrictJson` gives it: objects have no prototype, numbers are finite. */
export type StrictJson = null | boolean | number | string | readonly StrictJson[] | StrictObject
export interface StrictObject {
  readonly [name: string]: StrictJson | undefined
}

/** What is wrong with the text, never a part of the text. */
export class JsonRefusal extends Error {}

/** Levels of arrays and objects. */
const maxDepth = 16
/** Characters of a number: no decimal of this length is rounded to another one with a whole value. */
const maxNumberLength = 17
/** Names that mean something to JavaScript, and nothing in a token. */
const refusedNames = new Set(['__proto__', 'constructor', 'prototype'])

/** With the `u` flag, half of a pair that is whole does not match. */
const loneSurrogate = /\p{Cs}/u

/** Space, tab, line feed, carriage return. */
const spaces: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]
const backslash = 0x5c
const firstPrintable = 0x20
const firstSurrogate = 0xd800

const literal = /true|false|null/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * JSON (RFC 8259) that has one reading only: names are unique in their object, texts are well-formed
 * Unicode, numbers are finite, depth is bounded. The caller bounds the length. Throws `JsonRefusal`.
 */
// attacker-controlled: text
export function parseStrictJson(text: string): StrictJson {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

export const isStrictObject = (value: StrictJson | undefined): value is StrictObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  end(): void {
    this.#skip()
    if (this.#at !== this.#text.length) throw new JsonRefusal('text after the value')
  }

  value(depth: number): StrictJson {
    this.#skip()
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth + 1)
    if (first === '[') return this.#array(depth + 1)
    if (first === '"') return this.#string()
    const word = this.#match(literal)
    if (word !== undefined) return JSON.parse(word) as null | boolean
    return this.#number()
  }

  #object(depth: number): StrictObject {
    const out: Record<string, StrictJson> = Object.create(null)
    this.#list('}', depth, () => {
      this.#skip()
      const name = this.#string()
      if (refusedNames.has(name)) throw new JsonRefusal('a name of JavaScript’s own')
      if (Object.hasOwn(out, name)) throw new JsonRefusal('a name twice')
      if (!this.#take(':')) throw new JsonRefusal('no colon')
      out[name] = this.value(depth)
    })
    return out
  }

  #array(depth: number): StrictJson[] {
    const out: StrictJson[] = []
    this.#list(']', depth, () => out.push(this.value(depth)))
    return out
  }

  #list(close: string, depth: number, item: () => void): void {
    if (depth > maxDepth) throw new JsonRefusal('too deep')
    this.#at += 1
    if (this.#take(close)) return
    do item()
    while (this.#take(','))
    if (!this.#take(close)) throw new JsonRefusal('no end of an array or object')
  }

  #string(): string {
    const from = this.#at
    if (this.#text[from] !== '"') throw new JsonRefusal('no text')
    let to = from + 1
    let plain = true
    for (; to < this.#text.length && this.#text[to] !== '"'; to += 1) {
      const code = this.#text.charCodeAt(to)
      // Most texts are as they stand; of others, what is escaped may be a quote.
      if (code === backslash) to += 1
      if (code === backslash || code < firstPrintable || code >= firstSurrogate) plain = false
    }
    this.#at = to + 1
    if (plain && to < this.#text.length) return this.#text.slice(from + 1, to)
    const value = unquoted(this.#text.slice(from, to + 1))
    if (loneSurrogate.test(value)) throw new JsonRefusal('a lone surrogate')
    return value
  }

  #number(): number {
    const digits = this.#match(number)
    if (digits === undefined) throw new JsonRefusal('no value')
    const value = Number(digits)
    if (digits.length > maxNumberLength || !Number.isFinite(value)) throw new JsonRefusal('a number out of bounds')
    return value
  }

  #take(character: string): boolean {
    this.#skip()
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #skip(): void {
    while (spaces.includes(this.#text.charCodeAt(this.#at))) this.#at += 1
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
}

function unquoted(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    throw new JsonRefusal('a text that is not well formed')
  }
}
