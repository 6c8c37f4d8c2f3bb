import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DevMesh, startDevMesh } from '../dev-mesh.ts'
import { checkLedger } from '../faults/ledger-check.ts'
import { Load } from '../faults/load.ts'
import { type Kind, victim } from '../faults/parts.ts'
import { gatherQuestions, pairs } from '../faults/questions.ts'
import { seeded, until, wait } from '../faults/random.ts'
import { Signer } from '../faults/signer.ts'
import { Watch } from './watch.ts'

/** `npm run soak -- --minutes M --seed S` sets both. */
const minutes = Number(process.env.SELVAGE_SOAK_MINUTES ?? 0.15)
const seed = Number(process.env.SELVAGE_SOAK_SEED ?? Date.now() % 1_000_000)
const isLong = minutes >= 5
/** Milliseconds between two things that happen to the mesh. */
const actEvery = isLong ? 12_000 : 2_000

vi.setConfig({ testTimeout: minutes * 60_000 + 300_000 })

/**
 * An error that a user would see is any but these, of the one gate whose child was killed: each is 503 or a stream that
 * is cut, says so, and the same question asked again is answered. All else is wrong.
 */
const excuses = new Map([['sales', new Set(['engine.unavailable', 'engine.cancelled', 'limit.busy'])]])

/** How often any of them was told. */
const excused = (counts: Readonly<Record<string, number>>): number =>
  Object.entries(counts).reduce((sum, [kind, count]) => (excuses.get('sales')!.has(kind.split(' ').at(-1)!) ? sum + count : sum), 0)

/** A killed child has one statement, and no more wait for it than there are clients. */
const clients = 6

let mesh: DevMesh
beforeAll(async () => {
  mesh = await startDevMesh({ portBase: 22_450 })
})
afterAll(() => mesh?.stop())

test('mixed load for long: no error that a user would see, memory and descriptors flat, the logs verify', async () => {
  const random = seeded(seed)
  const questions = await gatherQuestions(mesh)
  const load = new Load(mesh, questions, excuses, { untilExpired: true })
  for (const question of questions) await load.ask(question)
  const signer = new Signer(mesh)
  const watch = new Watch(mesh, isLong ? 5_000 : 1_000)
  load.start(clients, random)
  const end = Date.now() + minutes * 60_000
  const stopChurn = churn(random, () => load.tokenFor(pairs.as))
  const acts: Record<string, number> = {}
  const choices: readonly (() => Promise<string>)[] = [
    () => signer.swap().then(() => 'swap'),
    () => signer.publish().then(() => 'publish'),
    ...(['engine', 'parser', 'control', 'issuers'] as const).map(kind => () => kill(kind)),
  ]
  for (let at = 0; Date.now() < end || at < choices.length; at++) {
    const act = await choices[at % choices.length]!()
    acts[act] = (acts[act] ?? 0) + 1
    await wait(Math.min(actEvery * (0.5 + random()), Math.max(0, end - Date.now())))
    expect(load.seen.wrong, `after ${act}, seed ${seed}`).toEqual([])
  }
  await stopChurn()
  await load.stop()
  watch.stop()
  const after = await Promise.all(questions.map(question => load.ask(question)))
  expect(after.map(({ kind }) => kind)).toEqual(questions.map(({ right }) => ('code' in right ? 'refused' : 'whole')))
  expect(load.seen.wrong).toEqual([])
  // No gate is killed here: each is there all the time, and says why it cuts, in its log at least. How often it did not tells a gate that ended from a connection that did.
  const unsaid = Object.entries(load.seen.counts).filter(([kind, count]) => silent.test(kind) && count > cutsOf(kind.split(' ')[0]!))
  expect(unsaid, `seed ${seed}; ${gateEnds(mesh.output()).join('; ') || 'no gate ended'}; ${JSON.stringify(load.seen.counts)}`).toEqual([])
  expect(excused(load.seen.counts)).toBeLessThanOrEqual(clients * ((acts['kill engine'] ?? 0) + (acts['kill parser'] ?? 0)))
  expect(Object.keys(signer.delivered).filter(told => !told.endsWith(' 200'))).toEqual([])
  const logs = Object.fromEntries(
    await Promise.all(Object.keys(mesh.dev.gates).map(async gate => [gate, await checkLedger(mesh, gate, load.seen)])),
  )
  const trend = watch.trend()
  process.stdout.write(
    `soak: ${JSON.stringify({ seed, minutes, counts: load.seen.counts, acts, delivered: signer.delivered, logs, trend: trend.figures })}\n`,
  )
  if (isLong) expect(trend.rising).toEqual([])
})

/** Without a code, whether rows came before or not. */
const silent = / (unreachable|cut)$/

/** Answers of that gate whose rows had been gathered when their token ended, and were not read in time: of them the gate's log alone can tell. Those of clients that come and leave are among them. */
const cutsOf = (gate: string): number =>
  readFileSync(join(mesh.state, 'logs', `gate-${gate}.log`), 'utf8')
    .split('\n')
    .filter(line => line.includes('"event":"answer.cut","code":"identity.expired"')).length

const gateEnds = (output: string): readonly string[] => output.split('\n').filter(line => /^\s*gate.* ended/.test(line))

async function kill(kind: Kind): Promise<string> {
  const pid = await until(() => victim(mesh, kind))
  if (pid !== undefined) process.kill(pid, 'SIGKILL')
  // A part that is back before the next thing happens: deliveries are answered.
  await until(() => (kind === 'parser' || kind === 'engine' || (victim(mesh, kind) ?? pid) !== pid ? true : undefined))
  if (kind === 'control')
    await until(async () => ((await fetch(`${mesh.dev.control}/v1/freshness`).catch(() => undefined))?.ok ? true : undefined))
  return `kill ${kind}`
}

/** Clients that come and leave: without a word, without reading, in the midst of rows. */
function churn(random: () => number, token: () => Promise<string>): () => Promise<void> {
  let stopped = false
  const going = (async () => {
    for (; !stopped; await wait(100 + random() * 300)) {
      const headers = { authorization: `Bearer ${await token()}`, 'content-type': 'application/json', accept: pairs.media }
      const sent = request(new URL('/v1/sql', mesh.dev.gates.sales!.http), { method: 'POST', agent: false, headers })
      sent.on('error', () => undefined)
      if (random() < 0.5) sent.end(JSON.stringify({ sql: pairs.sql, purpose: pairs.purpose }))
      else sent.flushHeaders()
      await wait(random() * 200)
      sent.destroy()
    }
  })()
  return async () => {
    stopped = true
    await going
  }
}
