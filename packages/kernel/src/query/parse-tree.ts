import { SelvageError } from '../model/index.ts'
import { SourceNumber, type SqlTree } from './tree.ts'

const lengthBound = 33_554_432
/** Levels of a tree at most: what the engine reads of a statement's own levels, about, each of which has two or three here. */
export const treeDepth = 1_500

/**
 * Reads what `json_serialize_sql` gives, without loss. attacker-controlled: the text mirrors the user's statement.
 * Throws `query.syntax` where the parser found an error, `query.unsupported` where the statement cannot be kept exactly.
 * @param depth levels of the tree at most
 */
export function parseTree(json: string, depth = treeDepth): SqlTree {
  if (json.length > lengthBound) throw unsupported('The statement is too long. Write a shorter one.')
  const reader = new Reader(json, depth)
  return reader.whole()
}

const unsupported = (detail: string): SelvageError => new SelvageError('query.unsupported', { detail })

class Reader {
  readonly #text: string
  readonly #deepest: number
  #at = 0

  constructor(text: string, deepest: number) {
    this.#text = text
    this.#deepest = deepest
  }

  whole(): SqlTree {
    const tree = this.#value(0)
    this.#space()
    if (this.#at !== this.#text.length) throw this.#broken()
    return tree
  }

  #value(depth: number): SqlTree {
    if (depth > this.#deepest) throw unsupported('The statement is nested too deeply. Write it flatter, for instance with IN or with CTEs.')
    this.#space()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#record(depth)
      case '[':
        return this.#list(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #record(depth: number): SqlTree {
    const out: Record<string, SqlTree> = Object.create(null)
    this.#items('}', () => {
      const key = this.#string()
      // JavaScript would move an integer-like key to the front.
      if (key in out || /^\d+$/.test(key)) throw this.#broken()
      this.#space()
      this.#take(':')
      out[key] = this.#value(depth + 1)
    })
    return out
  }

  #list(depth: number): SqlTree {
    const out: SqlTree[] = []
    this.#items(']', () => out.push(this.#value(depth + 1)))
    return out
  }

  #items(end: string, item: () => void): void {
    this.#at++
    this.#space()
    if (this.#text[this.#at] === end) {
      this.#at++
      return
    }
    for (;;) {
      this.#space()
      item()
      this.#space()
      if (this.#text[this.#at] === end) break
      this.#take(',')
    }
    this.#at++
  }

  #string(): string {
    const start = this.#at
    this.#take('"')
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at]
      if (char === '"') return this.#unescape(start, ++this.#at)
      if (char === '\\') this.#at++
    }
    throw this.#broken()
  }

  #unescape(start: number, end: number): string {
    const source = this.#text.slice(start, end)
    let text: unknown
    try {
      text = JSON.parse(source)
    } catch {
      throw this.#broken()
    }
    if (typeof text !== 'string' || loneSurrogate.test(text)) throw this.#broken()
    if (text.includes('\0')) throw unsupported('The statement holds a NUL character. Leave it out.')
    return text
  }

  #number(): SqlTree {
    numberPattern.lastIndex = this.#at
    const source = numberPattern.exec(this.#text)?.[0]
    if (source === undefined) {
      if (/^-?(?:Inf|NaN|nan|inf)/.test(this.#text.slice(this.#at, this.#at + 4)))
        throw unsupported("A number is beyond the range of DOUBLE. Write 'infinity'::DOUBLE or a smaller one.")
      throw this.#broken()
    }
    this.#at += source.length
    return new SourceNumber(source)
  }

  #word<T extends SqlTree>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#broken()
    this.#at += word.length
    return value
  }

  #take(char: string): void {
    if (this.#text[this.#at] !== char) throw this.#broken()
    this.#at++
  }

  #space(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? 'x')) this.#at++
  }

  #broken(): SelvageError {
    return new SelvageError('query.unsupported', {
      detail: 'The statement cannot be kept exactly. Write it in another way.',
      cause: `no JSON at ${this.#at}`,
    })
  }
}

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/
const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
