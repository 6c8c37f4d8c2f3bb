import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DiskFaults, hasGcc, type Rule } from './shim.ts'

vi.setConfig({ testTimeout: 60_000 })

const built = new URL('../../../packages/gate/dist/signals/kept-events.js', import.meta.url).href

/** A process that opens what is kept, does something, and says what it knew at first, what it was told is kept, and what it logged. */
const script = (what: string): string => `import { openKeptEvents } from ${JSON.stringify(built)}
const [known, kept, logged] = [[], [], []]
const one = i => ({ issuer: 'workforce', event: { id: 'e' + i, digest: 'd', issuedAt: i }, changes: [{ kind: 'party', id: 'p' + i, at: i }] })
const all = []
const options = { dir: process.argv[1], log: event => logged.push(event), recall: record => (known.push(record.event?.id), all.push(record)), lost: () => ({ issuer: '*', changes: [{ kind: 'all', at: 99 }] }), all: () => all }
const keep = record => {
  all.push(record)
  return events.keep(record).then(() => kept.push(record.event.id), () => undefined)
}
const events = await openKeptEvents(options).catch(error => void logged.push(error.code))
if (events !== undefined) {
  ${what}
  await events.close()
}
process.stdout.write(JSON.stringify({ known, kept, logged }))`

interface Said {
  readonly known: readonly string[]
  readonly kept: readonly string[]
  readonly logged: readonly string[]
}

describe.skipIf(!hasGcc)('what issuers said, on a disk that fails (needs gcc)', () => {
  let dir: string
  let faults: DiskFaults
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'selvage-kept-events-'))
    mkdirSync(join(dir, 'signals'))
    faults = new DiskFaults(dir)
  })
  afterEach(() => {
    faults.close()
    rmSync(dir, { recursive: true, force: true })
  })

  function run(what: string, ...rules: readonly Rule[]): Said {
    faults.set(...rules)
    const args = ['--input-type=module', '--eval', script(what), '--', join(dir, 'signals')]
    const cwd = fileURLToPath(new URL('../../..', import.meta.url))
    const { stdout, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...faults.env() }, cwd, maxBuffer: 2 ** 26 })
    expect(stderr.toString()).toBe('')
    return JSON.parse(stdout.toString()) as Said
  }
  const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `e${i}`)
  const fifty = 'await Promise.all(Array.from({ length: 50 }, (_, i) => keep(one(i))))'

  /** What fits of one write is written, and what is tried after it fails so often: the first of these tries is not told. */
  const full = (skip: number, times?: number): readonly Rule[] => [
    { ops: ['write'], mode: 'short', path: '/signals/events', skip, times: 1 },
    { ops: ['write'], mode: 'fail', error: 'ENOSPC', path: '/signals/events', skip, ...(times === undefined ? {} : { times }) },
  ]

  test('a disk on which only a part fits at a start leaves what was there', () => {
    expect(run(fifty).kept).toEqual(ids(50))
    expect(run('', ...full(0))).toEqual({ known: ids(50), kept: [], logged: ['ENOSPC'] })
    expect(run('')).toEqual({ known: ids(50), kept: [], logged: [] })
  })

  test('what fits at the second try is written whole', () => {
    expect(run(fifty).kept).toEqual(ids(50))
    expect(run('', ...full(0, 1)).logged).toEqual([])
    expect(run('')).toEqual({ known: ids(50), kept: [], logged: [] })
  })

  test('what does not fit is not told to be kept, and what comes after it is', () => {
    const said = run('for (const i of [0, 1, 2]) await keep(one(i))', ...full(1, 2))
    expect(said).toEqual({ known: [], kept: ['e0', 'e2'], logged: ['signals.not_kept'] })
    expect(run('').known).toEqual(['e0', 'e2'])
  })

  /** 10,001 lines in one go have the file written anew; two more come after it. */
  const compacting = `all.length = 0
  await Promise.all(Array.from({ length: 10_001 }, () => events.keep(one(0))))
  await keep(one(1))
  await keep(one(2))`

  // Synced are, at the start, the file and its folder; the first line, the others; the new file and its folder.
  const compactions = [
    ['the folder is not synced after the new file has its name', { ops: ['sync'], skip: 5 }],
    ['the new file is not synced', { ops: ['sync'], skip: 4 }],
    ['the new file does not get its name', { ops: ['rename'], skip: 1 }],
  ] as const
  const failed = compactions.flatMap(([name, what]) => (['fail', 'after'] as const).map(mode => [name, mode, what] as const))
  test.each(failed)('what comes after a file was written anew is there: %s (%s)', (_, mode, what) => {
    const { kept, logged } = run(compacting, { ...what, mode, path: '/signals', times: 1 })
    expect([faults.hits(), kept, logged]).toEqual([1, ['e1', 'e2'], ['signals.not_rewritten']])
    expect(run('').known).toEqual(expect.arrayContaining(['e1', 'e2']))
  })

  test('where the file cannot be put in its place again and again, nothing is told to be kept', () => {
    const { kept } = run(compacting, { ops: ['rename'], mode: 'fail', path: '/signals', skip: 1 })
    expect(kept).toEqual([])
  })
})
