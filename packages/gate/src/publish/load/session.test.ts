import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { openSession, scratchDir } from './session.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** Makes some 160 MB with a memory of 96. */
async function spill(tempMb: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'selvage-session-'))
  dirs.push(dir)
  const job = { dir, tables: [], keys: {}, memoryMb: 96, tempMb, threads: 1 }
  mkdirSync(scratchDir(job))
  const session = await openSession(job, [])
  try {
    await session.run('CREATE TABLE wide AS SELECT hash(range) AS a, hash(a) AS b, hash(b) AS c, hash(c) AS d FROM range(5_000_000)')
  } finally {
    session.close()
  }
}

it('spills as much as it may, and not more', async () => {
  await expect(spill(8)).rejects.toThrow('Out of Memory Error')
  await expect(spill(1_024)).resolves.toBeUndefined()
})
