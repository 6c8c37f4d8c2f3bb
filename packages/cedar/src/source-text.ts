/** Where something stands in a text, both 1-based; the column counts UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, Math.max(0, offset))
  const start = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: before.length - start + 1 }
}

/** The engine counts UTF-8 bytes. */
export function offsetOfByte(text: string, byte: number): number {
  return Buffer.from(text, 'utf8').subarray(0, byte).toString('utf8').length
}

/** Comments and texts blanked out, all else where it was: enough to count operators, not to parse. */
function withoutTexts(text: string): string {
  return text.replace(/\/\/[^\n]*|"(?:[^"\\]|\\[\s\S])*"/g, found => ' '.repeat(found.length))
}

/** How deep the brackets of a text nest, and the most operators that one of its statements holds. */
export function complexity(text: string): { readonly depth: number; readonly operators: number } {
  const bare = withoutTexts(text)
  let depth = 0
  let deepest = 0
  for (const [bracket] of bare.matchAll(/[()[\]{}]/g)) {
    depth += '([{'.includes(bracket) ? 1 : -1
    deepest = Math.max(deepest, depth)
  }
  const operators = bare.split(';').map(statement => [...statement.matchAll(/&&|\|\||[-+*.!([{]|\bif\b/g)].length)
  return { depth: deepest, operators: Math.max(...operators) }
}

/** How deep objects and lists nest. */
export function jsonDepth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Object.values(value).reduce((most: number, child) => Math.max(most, jsonDepth(child)), 0)
}
