import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isSkipped } from '../conformance/gate/clock.ts'
import { KeptGate } from './disk/kept-gate.ts'
import { hasGcc } from './disk/shim.ts'
import { seeded, until, wait } from './random.ts'
import { crashesOf, patienceFor, report, runSeed } from './run.ts'

const seed = runSeed()
const random = seeded(seed)
const recoversWithin = 60_000
const steps = crashesOf(0.02, 3)
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0

vi.setConfig({ testTimeout: patienceFor(steps) })

let gate: KeptGate | undefined
afterEach(() => gate?.close())

async function opened(more: NodeJS.ProcessEnv = {}, stepped = false): Promise<KeptGate> {
  gate = await KeptGate.open(random, more, stepped)
  for (const tag of ['UK', 'US']) gate.versions.add(tag)
  gate.mixed = true
  return gate
}

async function judged(kept: KeptGate, suite: string): Promise<void> {
  expect(await kept.recovers(recoversWithin), `seed ${seed}:\n${kept.mesh.output.slice(-3_000)}`).toBe(true)
  await kept.rest()
  await kept.check()
  report(suite, { seed, counts: kept.counts })
  expect({ seed, wrong: kept.wrong.slice(0, 5) }).toEqual({ seed, wrong: [] })
}

describe.skipIf(!hasGcc)('what runs out (needs gcc)', () => {
  test.skipIf(isSkipped)('the clock is stepped to and fro under load (needs faketime)', async () => {
    const kept = await opened({}, true)
    kept.excuse('identity.expired', 'identity.not_yet', 'identity.keys', 'policy.expired')
    kept.start(3)
    let away = 0
    for (let step = 0; step < steps; step++) {
      const by = Math.round((random() - 0.5) * 2 * (random() < 0.5 ? 300 : 200_000))
      kept.mesh.clock.step(by)
      away += by
      const before = kept.answers
      await until(() => kept.answers >= before + 3 || undefined)
    }
    kept.mesh.clock.step(-away)
    await judged(kept, 'clock')
  })

  test.skipIf(!hasPrlimit)('descriptors run out, by clients that say nothing or half (needs prlimit)', async () => {
    const kept = await opened()
    kept.start(3)
    // A gate that has the issuer's keys needs no descriptor for them.
    await until(() => kept.counts.rows)
    const pid = kept.mesh.gate!.process.pid!
    const limit = readdirSync(`/proc/${pid}/fd`).length + 24
    execFileSync('prlimit', ['--pid', String(pid), `--nofile=${limit}:`])
    const { host, hostname, port } = new URL(kept.mesh.door.url)
    const sockets: Socket[] = []
    for (let i = 0; i < 60; i++) {
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      if (i % 2 === 0) socket.write(`POST /v1/sql HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100\r\n\r\n{`)
      sockets.push(socket)
    }
    await wait(2_000)
    for (const socket of sockets) socket.destroy()
    await judged(kept, 'descriptors')
  })

  test('memory runs out in a gate', async () => {
    const kept = await opened({ NODE_OPTIONS: '--max-old-space-size=40' })
    kept.excuse('limit.memory', 'limit.bytes', 'limit.rows', 'limit.time')
    kept.start(3)
    const heavy = 'SELECT a.email, b.email, range FROM lab.shop.orders a, lab.shop.orders b, range(20000) ORDER BY 3'
    await Promise.all(Array.from({ length: 8 }, () => kept.mesh.ask(heavy).catch(() => undefined)))
    await judged(kept, 'memory')
  })
})
