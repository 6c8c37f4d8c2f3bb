import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { seeded, until } from '../random.ts'
import { crashesOf, patienceFor, report, runSeed } from '../run.ts'
import { KeptGate, rowsOf } from './kept-gate.ts'
import { hasGcc, type Rule } from './shim.ts'

const seed = runSeed()
const random = seeded(seed)
/** Milliseconds in which a gate answers again once the disk works: it looks each half second, and starts. */
const recoversWithin = 60_000

const crashes = { ledger: crashesOf(0.1, 2), publish: crashesOf(0.1, 1) }
vi.setConfig({ testTimeout: patienceFor(crashes.ledger) })

const ledger: readonly Omit<Rule, 'path'>[] = [
  { ops: ['write', 'open', 'make'], mode: 'fail', error: 'ENOSPC' },
  { ops: ['write', 'open', 'make', 'rename', 'remove', 'size'], mode: 'fail', error: 'EROFS' },
  { ops: ['write'], mode: 'fail', error: 'EIO' },
  { ops: ['sync'], mode: 'fail', error: 'EIO' },
  { ops: ['sync'], mode: 'after', error: 'EIO' },
  { ops: ['write'], mode: 'short' },
  { ops: ['sync'], mode: 'delay', delayMs: 700 },
]

describe.skipIf(!hasGcc)('a gate on a disk that fails (needs gcc)', () => {
  let gate: KeptGate
  let version = 3
  beforeAll(async () => {
    gate = await KeptGate.open(random)
    for (const tag of ['UK', 'US']) gate.versions.add(tag)
    await publish('v4')
  })
  afterAll(() => gate?.close())

  /** New files and a new bundle, as a domain delivers them. Gives the status that it was told. */
  async function publish(tag: string): Promise<number> {
    gate.versions.add(tag)
    writeFileSync(join(gate.mesh.dir, 'data', 'shop', 'orders.csv'), rowsOf(tag))
    version += 1
    return (await gate.mesh.putDomain(gate.mesh.domainBundle({ version })).catch(() => ({ status: 0 }))).status
  }

  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

  async function shown(tag: string): Promise<boolean> {
    const rows = async (): Promise<true | undefined> => {
      const told = await gate.mesh.ask('SELECT DISTINCT country FROM lab.shop.orders').catch(() => undefined)
      return JSON.stringify(told?.body.rows) === JSON.stringify([[tag]]) || undefined
    }
    return (await until(rows, recoversWithin)) === true
  }

  test('under its log: clients are told, nothing is lost, and it recovers by itself', async () => {
    gate.start(4)
    const struck: object[] = []
    for (let round = 0; round < crashes.ledger; round++) {
      const rule = pick(ledger)
      gate.faults.set({ ...rule, path: pick(['/gate/logs/', '/private/wal/', '/gate/']), skip: Math.floor(random() * 20) })
      const begun = Date.now()
      await new Promise(resolve => setTimeout(resolve, 500 + random() * 1_500))
      if (random() < 0.3) await gate.kill(random() < 0.7)
      gate.faults.clear()
      const cleared = Date.now()
      expect(await gate.recovers(recoversWithin), `after ${JSON.stringify(rule)}, seed ${seed}:\n${gate.mesh.output.slice(-3_000)}`).toBe(
        true,
      )
      struck.push({ ...rule, ms: cleared - begun, back: Date.now() - cleared })
    }
    await gate.check()
    expect({ seed, wrong: gate.wrong.slice(0, 5) }).toEqual({ seed, wrong: [] })
    report('gate disk', { seed, crashes, counts: gate.counts, struck })
  })

  test('a log that cannot be opened: the gate says so until it can', async () => {
    gate.faults.set({ ops: ['write', 'open', 'make', 'sync'], mode: 'fail', error: 'ENOSPC', path: '/gate/logs/' })
    await gate.kill(false)
    const told = await until(async () => {
      const answer = await gate.mesh.ask('SELECT 1').catch(() => undefined)
      return answer?.status === 503 ? answer : undefined
    }, recoversWithin)
    expect(told?.body.code).toBe('ledger.unavailable')
    expect(told?.headers.get('retry-after')).toBe('1')
    gate.faults.clear()
    expect(await gate.recovers(recoversWithin)).toBe(true)
  })

  test('under a publication: the version before stays, whole, and the new one comes by itself', async () => {
    const faults: readonly Rule[] = [
      { ops: ['write'], mode: 'fail', error: 'ENOSPC', path: '/products/' },
      { ops: ['open', 'make'], mode: 'fail', error: 'EROFS', path: '/products/' },
      { ops: ['sync'], mode: 'fail', error: 'EIO', path: '/products/' },
      { ops: ['sync'], mode: 'after', error: 'EIO', path: '/products/' },
      { ops: ['rename'], mode: 'fail', error: 'EIO', path: '/products/' },
      { ops: ['rename'], mode: 'after', error: 'EIO', path: '/products/' },
      { ops: ['write'], mode: 'short', path: '/products/' },
    ]
    for (let round = 0; round < crashes.publish; round++) {
      const rule = { ...pick(faults), skip: Math.floor(random() * 6) }
      gate.faults.set(rule)
      const tag = `v${5 + round}`
      const delivered = publish(tag)
      if (random() < 0.3) {
        await new Promise(resolve => setTimeout(resolve, random() * 800))
        await gate.kill(random() < 0.7)
      }
      const status = await delivered
      gate.faults.clear()
      // Killed before it had taken the bundle: its sender was not told that it had, and sends it again.
      if (status !== 200) await gate.recovers(recoversWithin)
      if (status !== 200) await gate.mesh.putDomain(gate.mesh.domainBundle({ version }))
      expect(await shown(tag), `${tag} after ${JSON.stringify(rule)}, seed ${seed}:\n${gate.mesh.output.slice(-3_000)}`).toBe(true)
    }
    await gate.rest()
    await gate.check()
    expect({ seed, wrong: gate.wrong.slice(0, 5) }).toEqual({ seed, wrong: [] })
  })

  test('that rows leave before their entry is durable, done on purpose, is caught', async () => {
    const hasty = await KeptGate.open(random, { NODE_OPTIONS: `--import=${new URL('plant-hasty.mjs', import.meta.url)}` })
    try {
      for (const tag of ['UK', 'US']) hasty.versions.add(tag)
      hasty.start(2)
      hasty.faults.set({ ops: ['write'], mode: 'fail', error: 'EIO', path: '/private/wal/', skip: 10 })
      await until(() => (hasty.mesh.gate!.process.exitCode === null ? undefined : true))
      hasty.faults.clear()
      await hasty.recovers(recoversWithin)
      await hasty.rest()
      await hasty.check()
      expect(hasty.wrong.join()).toMatch(/the receipt of entry \d+ is not in the log/)
    } finally {
      await hasty.close()
    }
  })
})
