import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { seeded } from '../random.ts'
import { crashesOf, patienceFor, report, runSeed } from '../run.ts'
import { builtLedger, LogUnderFaults } from './ledger.ts'
import { hasGcc, type Rule } from './shim.ts'

const crashes = crashesOf(0.4, 4)
vi.setConfig({ testTimeout: patienceFor(crashes) })

let log: LogUnderFaults | undefined
const plantedDirs: string[] = []
afterEach(() => {
  log?.remove()
  for (const dir of plantedDirs.splice(0)) rmSync(dir, { recursive: true })
})

/** What disks do. A sync that fails may have written or not; what a call says about space may come before or after it. */
const faults: readonly (Omit<Rule, 'path'> & { name: string; paths: readonly string[] })[] = [
  { name: 'no space for a write', ops: ['write'], mode: 'fail', error: 'ENOSPC', paths: ['/wal/', '/tmp/', '/detail/'] },
  { name: 'no space for a file', ops: ['open', 'make'], mode: 'fail', error: 'ENOSPC', paths: ['/log/'] },
  { name: 'read-only', ops: ['write', 'open', 'rename', 'make', 'remove', 'size'], mode: 'fail', error: 'EROFS', paths: ['/log/'] },
  { name: 'an error on write', ops: ['write'], mode: 'fail', error: 'EIO', paths: ['/wal/', '/tmp/'] },
  { name: 'a write that arrives and fails', ops: ['write'], mode: 'after', error: 'EIO', paths: ['/wal/', '/tmp/'] },
  { name: 'a sync that loses', ops: ['sync'], mode: 'fail', error: 'EIO', paths: ['/wal/', '/tmp/', '/detail/', '/tile/', '/private'] },
  { name: 'a sync that writes and fails', ops: ['sync'], mode: 'after', error: 'EIO', paths: ['/wal/', '/tmp/', '/detail/', '/tile/'] },
  { name: 'a rename that fails', ops: ['rename'], mode: 'fail', error: 'EIO', paths: ['/log/'] },
  { name: 'a rename that arrives and fails', ops: ['rename'], mode: 'after', error: 'EIO', paths: ['/log/'] },
  { name: 'short writes', ops: ['write'], mode: 'short', paths: ['/log/'] },
  { name: 'no descriptor', ops: ['open'], mode: 'fail', error: 'EMFILE', paths: ['/log/'] },
]

/** What must not happen, done on purpose. */
const plants = [
  {
    name: 'acknowledges before it has synced',
    file: 'io/wal.js',
    from: 'fdatasyncSync(this.#fd);\n        this.#position += frame.length',
    to: 'this.#position += frame.length',
    caught: /acknowledged|signed/,
  },
  {
    name: 'acknowledges before it has written',
    file: 'io/writer.js',
    from: 'return done;',
    to: 'done.catch(() => undefined); return appended;',
    // What is lost, or what stands in its place.
    caught: /acknowledged (and is lost|twice)/,
  },
]

/** What was built, with one change. */
function planted(file: string, from: string, to: string): string {
  const dist = mkdtempSync(join(tmpdir(), 'selvage-planted-'))
  plantedDirs.push(dist)
  cpSync(builtLedger, dist, { recursive: true })
  writeFileSync(join(dist, 'package.json'), '{"type":"module"}')
  const text = readFileSync(join(dist, file), 'utf8')
  if (!text.includes(from)) throw new Error(`${file} does not say ${from}`)
  writeFileSync(join(dist, file), text.replace(from, to))
  return dist
}

describe.skipIf(!hasGcc)('a ledger on a disk that fails (needs gcc)', () => {
  test('ends, and loses nothing that it acknowledged, whatever failed and whenever the power went', async () => {
    const seed = runSeed()
    const random = seeded(seed)
    log = new LogUnderFaults({ random })
    const counts: Record<string, number> = {}
    await log.live({ ms: 100 })
    const order = [...faults].sort(() => random() - 0.5)
    for (let crash = 0; crash < crashes; crash++) {
      const { name, paths, ...rule } = order[crash % order.length]!
      const path = paths[Math.floor(random() * paths.length)]!
      const early = random() < 0.3
      const rules = [{ ...rule, path, skip: Math.floor(random() * (early ? 6 : 12)) }]
      const struck = await log.live({ ms: 80 + random() * 200, early, rules, power: random() < 0.6 ? 'lost' : 'kept' })
      const outcome = `${name}: ${struck.code === undefined ? 'killed' : 'ended'}`
      counts[outcome] = (counts[outcome] ?? 0) + 1
      if (struck.code !== undefined) expect(rule.mode, `${name} ended it: ${struck.said.join(', ')}`).not.toBe('short')
      // The disk works: without a hand it opens, and has everything.
      const after = await log.live({ ms: 60, power: random() < 0.5 ? 'lost' : 'kept' })
      expect(after.said.join(), `after ${name} at ${path}, seed ${seed}`).toMatch(/^open \d+$/)
      if (crash % 10 !== 9 && crash !== crashes - 1) continue
      await log.check()
      expect({ seed, wrong: log.wrong.slice(0, 5) }).toEqual({ seed, wrong: [] })
    }
    expect(log.acked).toBeGreaterThan(100)
    report('ledger disk', { seed, crashes, acked: log.acked, counts })
  })

  test('an entry whose sync failed is not taken for durable by the next process', async () => {
    log = new LogUnderFaults({ random: () => 0 })
    await log.live({ ms: 60 })
    const failed = await log.live({ ms: 1_000, rules: [{ ops: ['sync'], mode: 'fail', error: 'EIO', path: '/wal/', skip: 5 }] })
    expect(failed.said).toContain('fatal write_failed')
    await log.live({ ms: 60, power: 'lost' })
    await log.check()
    expect(log.wrong).toEqual([])
  })

  test.each([
    { made: 'a folder', rule: { path: '/log' }, early: true, end: /^refused/ },
    { made: 'a file of details', rule: { path: '/private/detail' }, early: false, end: /^fatal|rejected/ },
  ])('what is acknowledged survives in $made whose name an earlier process made and did not sync', async ({ rule, early, end }) => {
    log = new LogUnderFaults({ random: () => 0 })
    const failed = await log.live({ ms: 2_000, early, entries: 100, rules: [{ ops: ['sync'], mode: 'fail', error: 'EIO', ...rule }] })
    expect(failed.said.at(-1)).toMatch(end)
    // All in one file of details: another one would bring this one's name to the disk too.
    await log.live({ ms: 300, entries: 100, power: 'lost' })
    await log.check()
    expect(log.wrong).toEqual([])
  })

  test.each(plants)('that $name is caught', async ({ file, from, to, caught }) => {
    const random = seeded(runSeed())
    log = new LogUnderFaults({ random, dist: planted(file, from, to) })
    for (let life = 0; life < 3; life++) await log.live({ ms: 100, power: 'lost' })
    const found = await log.check().then(
      () => log!.wrong.join(),
      (error: Error) => error.message,
    )
    expect(found).toMatch(caught)
  })
})
