import { Agent, request } from 'node:http'
import { loadavg } from 'node:os'
import { afterAll, beforeAll, test } from 'vitest'
import { type DevMesh, selvage, startDevMesh } from '../dev-mesh.ts'
import { type Latencies, measure } from './latency.ts'
import { memoryBelow } from './memory.ts'

let mesh: DevMesh
let readySeconds: number
const rows: string[][] = []
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

beforeAll(async () => {
  const started = performance.now()
  mesh = await startDevMesh({ portBase: 18_600 })
  readySeconds = (performance.now() - started) / 1_000
})
afterAll(() => mesh?.stop())

const add = (what: string, { p50, p99, perSecond, count }: Latencies): void =>
  void rows.push([what, p50.toFixed(2), p99.toFixed(2), perSecond.toFixed(0), String(count)])

async function tokenOf(login: string): Promise<string> {
  return (await selvage(['token', '--as', login, '--state', mesh.state])).out.trim()
}

function post(path: string, token: string, body: object): Promise<void> {
  const url = new URL(path, mesh.dev.gates.sales!.http)
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
      reply => {
        let text = ''
        reply.on('data', (part: Buffer) => {
          text += part
        })
        reply.on('end', () => (reply.statusCode === 200 ? resolve() : reject(new Error(text))))
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

test('the thread', async () => {
  const toured = await selvage(['tour', '--state', mesh.state])
  if (toured.code !== 0) throw new Error(toured.out)
  const memory = memoryBelow(mesh.process.pid!)
  const token = await tokenOf('analyst')
  const small = { sql: 'SELECT country, email FROM sales.crm.customer WHERE customer_id = 7', purpose: 'analytics' }
  for (let i = 0; i < 50; i++) await post('/v1/sql', token, small)
  for (const clients of [1, 8, 32])
    add(`small statement, cached, ${clients} clients`, await measure(clients, 6, () => post('/v1/sql', token, small)))
  add(
    'small statement, new text each time',
    await measure(1, 6, (_, round) => post('/v1/sql', token, { ...small, sql: `${small.sql} OR customer_id = ${round + 1_000}` })),
  )
  add('why, cached (decide, rewrite, describe, one durable entry)', await measure(1, 4, () => post('/v1/why', token, small)))
  add(
    'why, new text each time',
    await measure(1, 4, (_, round) => post('/v1/why', token, { ...small, sql: `${small.sql} OR customer_id = ${round + 900_000}` })),
  )
  const total = (key: 'pss' | 'rss'): number => Math.round(memory.reduce((sum, part) => sum + part[key], 0) / 1_024)
  console.log(
    `\nload average before and after ${loadavg()[1]?.toFixed(1)} ${loadavg()[0]?.toFixed(1)}, ready after ${readySeconds.toFixed(1)} s`,
  )
  console.log(`memory after the tour: PSS ${total('pss')} MiB, RSS ${total('rss')} MiB in ${memory.length} processes`)
  for (const part of memory)
    console.log(`  ${part.name.padEnd(40)} PSS ${Math.round(part.pss / 1_024)} MiB, RSS ${Math.round(part.rss / 1_024)} MiB`)
  console.log(['', 'p50 ms', 'p99 ms', 'per s', 'count'].map((cell, i) => (i === 0 ? cell.padEnd(60) : cell.padStart(9))).join(''))
  for (const row of rows) console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(60) : cell.padStart(9))).join(''))
})
