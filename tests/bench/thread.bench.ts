import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, test } from 'vitest'
import { type DevMesh, selvage, startDevMesh } from '../dev-mesh.ts'
import { post } from './door.ts'
import { measure } from './latency.ts'
import { memoryBelow } from './memory.ts'
import { median, report } from './report.ts'

/** The whole thread over HTTP, on the example mesh with its sample data. */
let mesh: DevMesh
let token: string
/** Of somebody else: one subject alone may not have so many statements waiting. */
let other: string
let readySeconds: number

beforeAll(async () => {
  const started = performance.now()
  mesh = await startDevMesh({ portBase: 18_600 })
  readySeconds = (performance.now() - started) / 1_000
  token = await tokenOf('analyst')
  other = await tokenOf('rep')
})
afterAll(() => mesh?.stop())

const tokenOf = async (login: string): Promise<string> => (await selvage(['token', '--as', login, '--state', mesh.state])).out.trim()
const url = (path: string): string => new URL(path, mesh.dev.gates.sales!.http).href
const small = { sql: 'SELECT country, email FROM sales.crm.customer WHERE customer_id = 7', purpose: 'analytics' }
const seconds = 6

test('start and memory', async () => {
  const toured = await selvage(['tour', '--state', mesh.state])
  if (toured.code !== 0) throw new Error(toured.out)
  const memory = memoryBelow(mesh.process.pid!)
  const part = 'start and memory'
  const total = (key: 'pss' | 'rss'): number => memory.reduce((sum, one) => sum + one[key], 0) / 1_024
  report({ part, what: 'ready after (installed and built)', value: readySeconds, unit: 's', atMost: 60 })
  report({ part, what: `PSS after the tour, ${memory.length} processes`, value: total('pss'), unit: 'MiB', atMost: 953 })
  report({ part, what: 'RSS after the tour', value: total('rss'), unit: 'MiB' })
  for (const { name, pss } of memory) report({ part, what: `  ${name}`, value: pss / 1_024, unit: 'MiB PSS' })
})

test('statements', async () => {
  const part = 'statements over HTTP'
  for (let i = 0; i < 200; i++) await post(url('/v1/sql'), token, small)
  for (const clients of [1, 8, 32, 64]) {
    const ask = async (client: number): Promise<void> => void (await post(url('/v1/sql'), client % 2 === 0 ? token : other, small))
    const { p50, p99, perSecond } = await measure(clients, seconds, ask)
    const what = `small, cached, ${clients} clients`
    report({ part, what, value: perSecond, unit: '/s', ...(clients === 32 ? { atLeast: 800 } : {}) })
    report({ part, what: `  ${what}: p50`, value: p50, unit: 'ms' })
    report({ part, what: `  ${what}: p99`, value: p99, unit: 'ms' })
  }
})

test('time to first row', async () => {
  const part = 'time to first row'
  const firsts: number[] = []
  for (let i = 0; i < 400; i++) firsts.push((await post(url('/v1/sql'), token, small, 'application/x-ndjson')).first)
  report({ part, what: 'point lookup, its entry durable, p50', value: median(firsts), unit: 'ms', atMost: 15 })
})

test('a new text each time', async () => {
  const part = 'new and known texts'
  let fresh = 1_000
  const explain = async (sql: string): Promise<number> => (await post(url('/v1/why'), token, { ...small, sql })).whole
  const known: number[] = []
  const anew: number[] = []
  for (let i = 0; i < 300; i++) {
    known.push(await explain(small.sql))
    anew.push(await explain(`${small.sql} OR customer_id = ${fresh++}`))
  }
  report({ part, what: 'why, known text (one durable entry), p50', value: median(known), unit: 'ms' })
  report({ part, what: 'why, new text, p50', value: median(anew), unit: 'ms' })
  report({ part, what: 'rewrite, cold: the difference', value: median(anew) - median(known), unit: 'ms', atMost: 8 })
  const stages = await stageSeconds()
  for (let i = 0; i < 500; i++) await post(url('/v1/sql'), token, small)
  for (const [stage, { sum, count }] of await stageSeconds()) {
    const before = stages.get(stage) ?? { sum: 0, count: 0 }
    const value = ((sum - before.sum) / (count - before.count)) * 1_000
    if (count > before.count)
      report({ part, what: `  stage ${stage}, known text, mean`, value, unit: 'ms', ...(stage === 'rewrite' ? { atMost: 0.5 } : {}) })
  }
})

const wide = `SELECT a.invoice_id, b.invoice_id AS other, a.customer_id, a.total, b.total AS other_total, b.billing_country
  FROM sales.orders.invoice a CROSS JOIN sales.orders.invoice b LIMIT 1000000`

test('a million rows', async () => {
  const part = 'a million rows, NDJSON'
  const gate = gatePid()
  const idle = residentMb(gate)
  let most = idle
  const timer = setInterval(() => {
    most = Math.max(most, residentMb(gate))
  }, 20)
  await fetch(url('/metrics'))
  const { whole, bytes } = await post(url('/v1/sql'), token, { sql: wide, purpose: 'analytics' }, 'application/x-ndjson')
  const late = delayOf(await (await fetch(url('/metrics'))).text())
  clearInterval(timer)
  report({ part, what: 'rows, end to end', value: 1_000_000 / (whole / 1_000), unit: 'rows/s' })
  report({ part, what: 'bytes, end to end', value: bytes / 1_048_576 / (whole / 1_000), unit: 'MiB/s' })
  report({ part, what: 'memory of the gate, idle', value: idle, unit: 'MiB RSS' })
  report({ part, what: 'memory of the gate, highest', value: most, unit: 'MiB RSS', atMost: 286 })
  report({ part, what: 'event loop late, p99', value: late * 1_000, unit: 'ms', atMost: 25 })
})

const delayOf = (metrics: string): number =>
  Number(/event_loop_delay[a-z_]*\{[^}]*quantile="0\.99"[^}]*\} ([\d.e+-]+)/.exec(metrics)?.[1] ?? Number.NaN)

async function stageSeconds(): Promise<Map<string, { sum: number; count: number }>> {
  const text = await (await fetch(url('/metrics'))).text()
  const found = new Map<string, { sum: number; count: number }>()
  for (const [, kind, stage, value] of text.matchAll(/stage_duration[a-z_]*_(sum|count)\{[^}]*stage="([a-z]+)"[^}]*\} ([\d.e+-]+)/g)) {
    const one = found.get(stage!) ?? { sum: 0, count: 0 }
    found.set(stage!, { ...one, [kind!]: Number(value) })
  }
  return found
}

const residentMb = (pid: number): number => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) / 256

function gatePid(): number {
  const found = memoryBelow(mesh.process.pid!).find(one => one.arguments.some(argument => argument.endsWith('gate-sales.json')))
  if (found === undefined) throw new Error('no gate of sales')
  return found.pid
}
