/** 1-based; columns count characters as a reader does (code points). */
export interface Position {
  readonly line: number
  readonly column: number
}

/**
 * Where a place of the engine stands.
 * @param offset bytes of UTF-8 from the start of the text, as the engine counts them
 */
export function positionAt(text: string, offset: number): Position {
  let bytes = 0
  let line = 1
  let column = 1
  for (const char of text) {
    if (bytes >= offset) break
    bytes += utf8Length(char.codePointAt(0)!)
    if (char === '\n') {
      line++
      column = 1
    } else column++
  }
  return { line, column }
}

const utf8Length = (codePoint: number): number => (codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4)
