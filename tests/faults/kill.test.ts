import { get } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DevMesh, startDevMesh } from '../dev-mesh.ts'
import { checkLedger } from './ledger-check.ts'
import { Load, type Question } from './load.ts'
import { type Kind, victim } from './parts.ts'
import { gatherQuestions } from './questions.ts'
import { seeded, until, wait } from './random.ts'

const each = Number(process.env.SELVAGE_FAULTS_KILLS ?? 4)
const seed = Number(process.env.SELVAGE_FAULTS_SEED ?? Date.now() % 1_000_000)
const kinds: readonly Kind[] = ['gate', 'engine', 'parser', 'control', 'issuers']
const recoversWithin = 30_000

/** What the death of a part of this gate may make it say. Never a fault without a name. */
const excuses = new Map([
  [
    'sales',
    new Set(['engine.unavailable', 'engine.cancelled', 'limit.busy', 'policy.missing', 'engine.product_unavailable', 'ledger.unavailable']),
  ],
])

let mesh: DevMesh
beforeAll(async () => {
  mesh = await startDevMesh({ portBase: 19_100 })
})
afterAll(() => mesh?.stop())

test(
  'parts die under load: no wrong answer, recovery without a hand, and nothing is missing from the logs',
  async () => {
    const random = seeded(seed)
    const questions = await gatherQuestions(mesh)
    const load = new Load(mesh, questions, excuses)
    for (const question of questions) await load.ask(question)
    load.start(6, random)
    const plan = shuffled(Array.from({ length: each }, () => kinds).flat(), random)
    const recovery: Record<string, number[]> = {}
    for (const kind of plan) {
      await wait(100 + random() * 900)
      const pid = await until(() => victim(mesh, kind), recoversWithin)
      if (process.env.SELVAGE_FAULTS_TRACE !== undefined) report({ kind, pid, wrong: load.seen.wrong, counts: load.seen.counts })
      expect(pid, `${kind} runs`).toBeDefined()
      process.kill(pid!, 'SIGKILL')
      const killed = Date.now()
      expect(await until(() => answers(kind, pid!, load, questions[0]!), recoversWithin), `${kind} is back`).toBe(true)
      recovery[kind] = [...(recovery[kind] ?? []), Date.now() - killed]
    }
    await load.stop()
    const after = await Promise.all(questions.map(question => load.ask(question)))
    expect(after.map(({ kind }) => kind)).toEqual(questions.map(({ right }) => ('code' in right ? 'refused' : 'whole')))
    expect(load.seen.wrong).toEqual([])
    const logs = Object.fromEntries(
      await Promise.all(Object.keys(mesh.dev.gates).map(async gate => [gate, await checkLedger(mesh, gate, load.seen)])),
    )
    report({ seed, kills: plan.length, counts: load.seen.counts, logs, recovery: summary(recovery) })
  },
  60_000 + each * 30_000,
)

/** Back: another process, and it does its work. */
async function answers(kind: Kind, killed: number, load: Load, question: Question): Promise<true | undefined> {
  if (kind === 'control') return opens(`${mesh.dev.control}/v1/freshness`)
  if (kind === 'issuers') return opens(`${mesh.dev.issuers.workforce}/.well-known/openid-configuration`)
  const now = victim(mesh, kind)
  if (now === killed) return undefined
  return (await load.ask(question)).kind === 'whole' || undefined
}

/** A request that was taken and is never answered is a fault, not a reason to ask again. */
const opens = (url: string): Promise<true | undefined> =>
  new Promise((resolve, reject) => {
    const sent = get(
      url,
      { agent: false, timeout: 10_000 },
      reply => void reply.resume().once('end', () => resolve(reply.statusCode === 200 || undefined)),
    )
    sent.once('timeout', () => reject(new Error(`${url} was not answered`))).once('error', () => resolve(undefined))
  })

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map(item => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

const summary = (times: Record<string, readonly number[]>): object =>
  Object.fromEntries(
    Object.entries(times).map(([kind, list]) => [
      kind,
      { median: [...list].sort((a, b) => a - b)[list.length >> 1], most: Math.max(...list) },
    ]),
  )

const report = (figures: object): void => void process.stdout.write(`faults: ${JSON.stringify(figures)}\n`)
