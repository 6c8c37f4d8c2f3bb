import { get } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DevMesh, policyEngineOfRun, startDevMesh } from '../dev-mesh.ts'
import { checkLedger } from './ledger-check.ts'
import { Load, type Question } from './load.ts'
import { type Kind, victim } from './parts.ts'
import { sendSignal } from './process-tree.ts'
import { gatherQuestions } from './questions.ts'
import { seeded, until, wait } from './random.ts'
import { crashesOf, patienceFor, report, runSeed } from './run.ts'
import { Signer } from './signer.ts'

const crashes = crashesOf(0.4, 5)
vi.setConfig({ testTimeout: patienceFor(crashes) })

/** In which a part is back by itself, as SECURITY.md says. The official engine's child reads all rules first. */
const recoversWithin = policyEngineOfRun === 'wasm' ? 60_000 : 30_000

const kinds: readonly Kind[] = ['gate', 'engine', 'parser', 'control', 'issuers']
/** What goes on besides questions when it happens. `start`: it is struck once more while it starts. */
const moments = ['load', 'load', 'publish', 'swap', 'start'] as const

interface Crash {
  readonly kinds: readonly Kind[]
  readonly how: 'kill' | 'pause'
  readonly moment: (typeof moments)[number]
}

/** Control can die while it hands out new rules: until it is back, the old ones are stale. */
const ofControl = ['policy.stale']
/** What the death of a part of this gate may make it say: each code may be asked again. Never a fault without a name. */
const ofGate = [
  'engine.unavailable',
  'engine.cancelled',
  'engine.product_unavailable',
  'limit.busy',
  'limit.time',
  'policy.missing',
  'ledger.unavailable',
]
const excuses = new Map([
  // A text whose parser child was ended again and again is taken for one that ends it, whoever did.
  ['sales', new Set([...ofGate, ...ofControl, 'query.unsupported'])],
  ['health', new Set(ofControl)],
  ['census', new Set(ofControl)],
])

let mesh: DevMesh
beforeAll(async () => {
  mesh = await startDevMesh({ portBase: 22_400 })
})
afterAll(() => mesh?.stop())

test('parts die under load: no wrong answer, recovery without a hand, and nothing is missing from the logs', async () => {
  const seed = runSeed()
  const random = seeded(seed)
  const questions = await gatherQuestions(mesh)
  const load = new Load(mesh, questions, excuses)
  for (const question of questions) await load.ask(question)
  load.start(6, random)
  const signer = new Signer(mesh)
  const back: Record<string, number[]> = {}
  for (const [at, crash] of plan(random).entries()) {
    const name = `${crash.kinds.join(' and ')} ${crash.how} during ${crash.moment}`
    const context = `crash ${at}, ${name}, seed ${seed}`
    await wait(50 + random() * 400)
    const delivered = during(crash.moment, signer)
    await wait(random() * 400)
    const struck = Date.now()
    for (const [kind, pid] of await strike(crash, random, context))
      expect(await until(() => answers(kind, pid, load, questions[0]!), recoversWithin), `${context}: ${kind} is back`).toBe(true)
    const took = Date.now() - struck
    back[crash.how] = [...(back[crash.how] ?? []), took]
    for (const kind of crash.kinds) back[kind] = [...(back[kind] ?? []), took]
    await delivered
    expect(load.seen.wrong, context).toEqual([])
  }
  await load.stop()
  const after = await Promise.all(questions.map(question => load.ask(question)))
  expect(after.map(({ kind }) => kind)).toEqual(questions.map(({ right }) => ('code' in right ? 'refused' : 'whole')))
  expect(load.seen.wrong).toEqual([])
  const logs = Object.fromEntries(
    await Promise.all(Object.keys(mesh.dev.gates).map(async gate => [gate, await checkLedger(mesh, gate, load.seen)])),
  )
  report('crashes', { seed, crashes, counts: load.seen.counts, logs, delivered: signer.delivered, msUntilBack: summary(back) })
})

/** Each kind at least once; what else happens is drawn. */
function plan(random: () => number): Crash[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  return Array.from({ length: crashes }, (_, at) => {
    const first = kinds[at % kinds.length]!
    const second = random() < 0.2 ? [pick(kinds.filter(kind => kind !== first))] : []
    return { kinds: [first, ...second], how: random() < 0.2 ? 'pause' : 'kill', moment: pick(moments) }
  })
}

const during = async (moment: Crash['moment'], signer: Signer): Promise<void> => {
  if (moment === 'publish') await signer.publish()
  if (moment === 'swap') await signer.swap()
}

/** Gives who was struck. A part that is paused goes on after at most two seconds. */
async function strike({ kinds, how, moment }: Crash, random: () => number, context: string): Promise<[Kind, number | undefined][]> {
  const pids = await Promise.all(kinds.map(kind => until(() => victim(mesh, kind), recoversWithin)))
  expect(pids, `${context}: runs`).not.toContain(undefined)
  for (const pid of pids) sendSignal(pid!, how === 'kill' ? 'SIGKILL' : 'SIGSTOP')
  if (how === 'pause') {
    await wait(200 + random() * 1_800)
    for (const pid of pids) sendSignal(pid!, 'SIGCONT')
    return kinds.map(kind => [kind, undefined])
  }
  if (moment !== 'start') return kinds.map((kind, at) => [kind, pids[at]])
  const again = await until(() => fresh(kinds[0]!, pids[0]!), recoversWithin)
  await wait(random() * 600)
  if (again !== undefined) sendSignal(again, 'SIGKILL')
  return [[kinds[0]!, again], ...kinds.slice(1).map((kind, at): [Kind, number | undefined] => [kind, pids[at + 1]])]
}

const fresh = (kind: Kind, before: number): number | undefined => {
  const now = victim(mesh, kind)
  return now === before ? undefined : now
}

/** Back: another process, and it does its work. A child that nobody needs yet is started with the first question. */
async function answers(kind: Kind, killed: number | undefined, load: Load, question: Question): Promise<true | undefined> {
  if (kind === 'control') return opens(`${mesh.dev.control}/v1/freshness`)
  if (kind === 'issuers') return opens(`${mesh.dev.issuers.workforce}/.well-known/openid-configuration`)
  if (killed !== undefined && victim(mesh, kind) === killed) return undefined
  return (await load.ask(question)).kind === 'whole' || undefined
}

/** A request that was taken and is never answered is a fault, not a reason to ask again. */
const opens = (url: string): Promise<true | undefined> =>
  new Promise((resolve, reject) => {
    const sent = get(
      url,
      { agent: false, timeout: 20_000 },
      reply => void reply.resume().once('end', () => resolve(reply.statusCode === 200 || undefined)),
    )
    sent.once('timeout', () => reject(new Error(`${url} was not answered`))).once('error', () => resolve(undefined))
  })

const summary = (times: Record<string, readonly number[]>): object =>
  Object.fromEntries(
    Object.entries(times).map(([name, list]) => {
      const sorted = [...list].sort((a, b) => a - b)
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
      return [name, { p50: at(0.5), p99: at(0.99), most: at(1) }]
    }),
  )
