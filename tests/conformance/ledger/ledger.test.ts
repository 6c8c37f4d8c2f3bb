import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { entriesPath, tilePath, tileWidthAt } from '@selvage/ledger'
import { openLog } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const hasGo = spawnSync('go', ['version']).status === 0
const scratch = mkdtempSync(join(tmpdir(), 'ledger-go-'))
const auditor = join(scratch, 'auditor')
const origin = 'mesh/sales/1/audit/2026'
const { privateKey } = generateKeyPairSync('ed25519')
let key = ''

/** Appends until the log has `size` entries, with a checkpoint on the way. */
async function grow(dir: string, size: number): Promise<void> {
  const log = await openLog({ dir, origin, privateKey, now: Date.now, onFatal: error => expect(error).toBe(undefined) })
  key = log.verifierKey
  while (log.size < size) {
    const count = Math.min(4096, size - log.size)
    await Promise.all(Array.from({ length: count }, (_, at) => log.append(Buffer.from(`entry ${log.size + at}`.repeat(1 + (at % 5))))))
  }
  await log.close()
}

function audit(dir: string, older: string[] = []): { accepted: boolean; said: string } {
  const run = spawnSync(auditor, [dir, key, ...older], { encoding: 'utf8' })
  return { accepted: run.status === 0 && run.stdout.startsWith('accepted:'), said: run.stdout + run.stderr }
}

// In CI the tests must run: without Go they fail there rather than vanish.
describe.skipIf(!hasGo && process.env.CI !== 'true')('a log verified by Go x/mod sumdb/tlog and sumdb/note (skipped without go)', () => {
  beforeAll(() => {
    execFileSync('go', ['build', '-o', auditor, '.'], { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: 'inherit' })
  }, 300_000)
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  it.each([0, 1, 255, 256, 257, 512, 70_000])(
    'accepts %i entries, written at once and after more were appended',
    async size => {
      const dir = join(scratch, `size-${size}`)
      const older = join(scratch, `older-${size}`)
      await grow(dir, Math.floor(size / 3))
      copyFileSync(join(dir, 'checkpoint'), older)
      await grow(dir, size)
      expect(audit(dir, [older])).toMatchObject({ accepted: true, said: expect.stringContaining(`accepted: ${size} entries`) })
    },
    120_000,
  )

  describe('refuses', () => {
    const size = 700
    const dir = join(scratch, 'planted')
    const older = join(scratch, 'planted-older')
    const path = (name: string) => join(dir, name)
    const widthOf = (level: number, index: number) => tileWidthAt(level, index, size)

    beforeAll(async () => {
      await grow(dir, 500)
      copyFileSync(path('checkpoint'), older)
      await grow(dir, size)
    })

    function plant(name: string, damage: (file: string) => void): string {
      const before = readFileSync(path(name))
      damage(path(name))
      const { accepted, said } = audit(dir)
      writeFileSync(path(name), before)
      expect(accepted, name).toBe(false)
      expect(audit(dir, [older]).accepted).toBe(true)
      return said
    }
    const flip = (byte: number) => (file: string) => {
      const bytes = readFileSync(file)
      bytes[byte]! ^= 1
      writeFileSync(file, bytes)
    }

    it('a flipped bit in an entry, a tile, the checkpoint', () => {
      plant(entriesPath(0), flip(5))
      plant(entriesPath(2, widthOf(0, 2)), flip(9))
      plant(tilePath(0, 1), flip(100))
      plant(tilePath(0, 2, widthOf(0, 2)), flip(64))
      plant(tilePath(1, 0, widthOf(1, 0)), flip(32))
      for (const byte of [0, 25, 30, 90, 140]) plant('checkpoint', flip(byte))
    })

    it('a cut entry', () => {
      const last = entriesPath(2, widthOf(0, 2))
      expect(plant(last, file => truncateSync(file, statSync(file).size - 1))).toContain('cut')
    })

    it('a truncated log', async () => {
      const shorter = join(scratch, 'shorter')
      await grow(shorter, 400)
      expect(audit(shorter).accepted).toBe(true)
      expect(audit(shorter, [older])).toMatchObject({ accepted: false, said: expect.stringContaining('truncated') })
    })
  })
})
