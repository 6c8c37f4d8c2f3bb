import { Agent, request } from 'node:http'
import { afterAll, beforeAll, test } from 'vitest'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { summarise } from './latency.ts'
import { report } from './report.ts'

/**
 * What others notice of one who asks too much, and what a gate does at four times what it can: an open loop, since
 * real askers do not wait for each other.
 */
const part = 'saturation'
const seconds = Number(process.env.SELVAGE_BENCH_SECONDS ?? 15)
const politeSubjects = 24

/** The default of `engine.waitMs`: beyond it a statement is told that the gate is busy. */
const waitMs = 10_000

let mesh: SmallMesh
beforeAll(async () => {
  mesh = await SmallMesh.ready()
})
afterAll(() => mesh?.close())

interface Told {
  readonly code: string
  readonly ms: number
}

const tokens = new Map<string, string>()
const agent = new Agent({ keepAlive: true, maxSockets: 2_000 })

function ask(sub: string, sql: string): Promise<Told> {
  const token = tokens.get(sub) ?? mesh.token({ sub })
  tokens.set(sub, token)
  const started = performance.now()
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return new Promise(resolve => {
    const told = (code: string): void => resolve({ code, ms: performance.now() - started })
    const sent = request(new URL('/v1/sql', mesh.door.url), { method: 'POST', agent, headers }, reply => {
      let text = ''
      reply.on('data', (bytes: Buffer) => {
        text += bytes.toString()
      })
      reply.on('end', () => told(reply.statusCode === 200 ? 'ok' : ((JSON.parse(text) as { code?: string }).code ?? 'none')))
      reply.on('error', () => told('cut'))
    })
    sent.on('error', () => told('unreachable'))
    sent.end(JSON.stringify({ sql, purpose: 'analytics' }))
  })
}

async function live(): Promise<number> {
  const started = performance.now()
  await (await fetch(`${mesh.door.url}/livez`)).text()
  return performance.now() - started
}

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))
const p = (times: readonly number[]): { p50: number; p99: number } => summarise(times, 1)
let fresh = 0
/** Of a new text each time, so that it is parsed, bound and printed. */
const cold = (): string => `SELECT id, ${fresh++} AS n FROM lab.shop.orders WHERE country = 'UK'`

/** Each kind is the worst of its sort that a statement of its length can be. */
const floods: Readonly<Record<string, () => string>> = {
  'names that double': () => `SELECT ${fresh++} AS a0${Array.from({ length: 30 }, (_, i) => `, a${i}+a${i} AS a${i + 1}`).join('')}`,
  '64 KiB of columns': () => `SELECT ${fresh++},${Array(32_000).fill('1').join(',')} FROM lab.shop.orders`,
  'as many columns as are read': () => `SELECT ${fresh++},${Array(6_000).fill('1').join(',')} FROM lab.shop.orders`,
}

async function politeTimes(): Promise<readonly number[]> {
  const times: number[] = []
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await wait(100)) {
    const { code, ms } = await ask('polite', cold())
    times.push(code === 'ok' ? ms : Number.POSITIVE_INFINITY)
  }
  return times
}

test('one floods the parser', async () => {
  for (let i = 0; i < 5; i++) await ask('polite', cold())
  const alone = p(await politeTimes())
  report({ part, what: 'new statement of another, no flood, p50', value: alone.p50, unit: 'ms' })
  report({ part, what: 'new statement of another, no flood, p99', value: alone.p99, unit: 'ms' })
  for (const [what, sql] of Object.entries(floods)) {
    let stop = false
    const flood = Array.from({ length: 16 }, async () => {
      while (!stop) if ((await ask('greedy', sql())).code === 'limit.share') await wait(100)
    })
    await wait(1_000)
    const { p50, p99 } = p(await politeTimes())
    stop = true
    report({ part, what: `new statement of another, flood of ${what}, p50`, value: p50, unit: 'ms' })
    report({ part, what: `new statement of another, flood of ${what}, p99`, value: p99, unit: 'ms' })
    await Promise.all(flood)
  }
})

/** Some tens of milliseconds of the engine. */
const heavy = (): string =>
  `SELECT count(*) AS n FROM lab.shop.orders AS o, range(60000) AS r WHERE md5(concat(o.id, r.range)) < '${(fresh++ % 16).toString(16)}'`

async function capacity(): Promise<number> {
  let done = 0
  const end = performance.now() + 8_000
  await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      while (performance.now() < end) if ((await ask(`polite ${i}`, heavy())).code === 'ok') done += 1
    }),
  )
  return done / 8
}

test('four times what it can', async () => {
  const perSecond = await capacity()
  report({ part, what: 'capacity: statements of 16 subjects, each asks again when told', value: perSecond, unit: 'per s' })
  const told: { readonly sub: string; readonly told: Told }[] = []
  const lives: number[] = []
  const under: Promise<unknown>[] = []
  const started = performance.now()
  const total = Math.round(perSecond * 4 * seconds)
  for (let sent = 0; sent < total; ) {
    // Half of all is of one subject, the rest in equal parts of the others.
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1_000) * perSecond * 4))
    for (; sent < due; sent++) {
      const sub = sent % 2 === 0 ? 'greedy' : `polite ${((sent - 1) / 2) % politeSubjects}`
      under.push(ask(sub, heavy()).then(answer => told.push({ sub, told: answer })))
    }
    if (lives.length < (performance.now() - started) / 200) under.push(live().then(ms => lives.push(ms)))
    await wait(5)
  }
  await Promise.all(under)
  const lasted = (performance.now() - started) / 1_000
  const of = (sub: (name: string) => boolean) => told.filter(one => sub(one.sub))
  const ok = told.filter(one => one.told.code === 'ok')
  const { p50, p99 } = p(ok.map(one => one.told.ms))
  report({ part, what: 'four times that: accepted', value: ok.length / lasted, unit: 'per s', atLeast: perSecond * 0.7 })
  report({ part, what: 'four times that: accepted, p50', value: p50, unit: 'ms' })
  report({ part, what: 'four times that: accepted, p99', value: p99, unit: 'ms', atMost: waitMs + 2_000 })
  report({ part, what: 'four times that: /livez, p99', value: p(lives).p99, unit: 'ms', atMost: 100 })
  const codes = (list: typeof told): string => {
    const counts = new Map<string, number>()
    for (const { told: one } of list) counts.set(one.code, (counts.get(one.code) ?? 0) + 1)
    return [...counts].map(([code, count]) => `${code} ${count}`).join(', ')
  }
  const each = Array.from({ length: politeSubjects }, (_, i) => ok.filter(one => one.sub === `polite ${i}`).length)
  const greedy = ok.filter(one => one.sub === 'greedy').length
  report({
    part,
    what: 'four times that: least accepted of a polite subject',
    value: Math.min(...each),
    unit: 'statements',
    atLeast: greedy / 2,
  })
  report({ part, what: 'four times that: most accepted of a polite subject', value: Math.max(...each), unit: 'statements' })
  report({ part, what: 'four times that: accepted of the greedy one', value: greedy, unit: 'statements' })
  const strange = told.filter(one => !['ok', 'limit.share', 'limit.busy'].includes(one.told.code)).length
  report({
    part,
    what: 'four times that: told anything but rows, limit.share or limit.busy',
    value: strange,
    unit: 'statements',
    atMost: 0,
  })
  console.log(`greedy: ${codes(of(sub => sub === 'greedy'))}, polite: ${codes(of(sub => sub !== 'greedy'))}`)
})
