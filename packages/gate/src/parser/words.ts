/** A piece of a statement's text: a word, a quoted text, a sign. */
export interface Token {
  readonly text: string
  /** UTF-16 units from the start. */
  readonly at: number
}

const space = /\s+/y
const word = /[\p{L}_\d][\p{L}_$\d]*/uy
const dollarTag = /\$[A-Za-z_]*\$/y

/**
 * Only to choose words for an answer: what a statement is, the engine's parser alone decides. Takes time in proportion
 * to the text: what has no end goes to the end.
 */
export function* tokensOf(text: string): Generator<Token> {
  for (let at = 0; at < text.length; ) {
    const ignored = matchEnd(space, text, at) ?? commentEnd(text, at)
    const end = ignored ?? tokenEnd(text, at)
    if (ignored === undefined) yield { text: text.slice(at, end), at }
    at = end
  }
}

function commentEnd(text: string, at: number): number | undefined {
  if (text.startsWith('--', at)) return endAfter(text, '\n', at)
  return text.startsWith('/*', at) ? endAfter(text, '*/', at + 2) : undefined
}

function tokenEnd(text: string, at: number): number {
  const first = text[at]!
  if (first === "'" || first === '"') return quoteEnd(text, first, at + 1)
  const tag = matchEnd(dollarTag, text, at)
  if (tag !== undefined) return endAfter(text, text.slice(at, tag), tag)
  return matchEnd(word, text, at) ?? at + String.fromCodePoint(text.codePointAt(at)!).length
}

/** A doubled quote stands for itself. */
function quoteEnd(text: string, quote: string, from: number): number {
  for (let at = from; ; at += 1) {
    at = endAfter(text, quote, at)
    if (at >= text.length || text[at] !== quote) return at
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}

function endAfter(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from)
  return at < 0 ? text.length : at + end.length
}
