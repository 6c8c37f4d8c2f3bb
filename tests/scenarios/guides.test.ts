import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { selvage } from '../dev-mesh.ts'
import { blocksOf, writeFirstMesh } from '../guide-page.ts'

const codes: Readonly<Record<string, number>> = { refused: 1, changes: 2 }
/** A page aligns what a pipe gives with tabs. */
const spaced = (text: string): string => text.trim().replace(/[ \t]+/g, ' ')
const words = (line: string): string[] => line.trim().split(/\s+/)

/** Follows a page that goes on from `your-first-mesh.md` literally, block by block: files are written, commands compared. */
test.each(['write-a-guardrail.md', 'open-a-product.md', 'read-a-plan.md'])('%s works as it stands', { timeout: 90_000 }, async page => {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-guide-'))
  try {
    writeFirstMesh(dir)
    // As it was, for whoever compares.
    writeFirstMesh(join(dir, 'before'))
    const blocks = blocksOf(page)
    let ran = 0
    for (const [i, { language, info, text }] of blocks.entries()) {
      if (language === 'text') continue
      if (language !== 'sh') {
        mkdirSync(dirname(join(dir, info)), { recursive: true })
        writeFileSync(join(dir, info), text)
        continue
      }
      const { code, out, err } = await selvage(words(text).slice(1), { cwd: dir })
      expect({ text, code, shown: spaced(info === 'refused' ? err : out) }).toEqual({
        text,
        code: codes[info] ?? 0,
        shown: spaced(blocks[i + 1]!.text),
      })
      ran += 1
    }
    expect(ran).toBeGreaterThan(1)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
