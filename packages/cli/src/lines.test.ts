import { expect, test } from 'vitest'
import { linesOf, maxLine } from './lines.ts'

async function collect(chunks: readonly Uint8Array[]): Promise<string[]> {
  const lines: string[] = []
  const source = (async function* () {
    yield* chunks
  })()
  for await (const batch of linesOf(source)) lines.push(...batch)
  return lines
}

test('lines are whole wherever the bytes are cut, also inside of a character', async () => {
  const bytes = Buffer.from('["é漢👍"]\n\n[2]\n{"rows":2}\n')
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))
    expect(await collect(chunks)).toEqual(['["é漢👍"]', '', '[2]', '{"rows":2}'])
  }
})

test('what no line end follows is no line', async () => {
  expect(await collect([Buffer.from('[1]\n[2]')])).toEqual(['[1]'])
})

test('a line without end is not gathered for ever', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x')
  await expect(collect(Array.from({ length: maxLine / piece.length + 1 }, () => piece))).rejects.toThrow('too long')
})
