import { StringDecoder } from 'node:string_decoder'

/** Characters of one line: a row that is longer is not what a gate sends. */
export const maxLine = 64 * 1024 * 1024

/** Whole lines, as many at a time as have come; asks for more only when these are done with. What no line end follows is not given. */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8')
  let parts: string[] = []
  let held = 0
  for await (const chunk of source) {
    const lines = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)).split('\n')
    const rest = lines.pop()!
    if (lines.length > 0) {
      lines[0] = parts.join('') + lines[0]!
      parts = []
      held = 0
      yield lines
    }
    parts.push(rest)
    held += rest.length
    if (held > maxLine) throw new RangeError('the line is too long')
  }
}
