import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type DevMesh, startDevMesh } from '../dev-mesh.ts'
import { type Entry, endings, entriesOf, logIsWhole } from './ledger-check.ts'
import { type Receipt, tokenOf } from './load.ts'
import { childOf, partOf, tellPart } from './parts.ts'
import { residentMb, ticksOf } from './process-tree.ts'
import { until, wait } from './random.ts'

/** 64 million rows: no reader gets to the end. */
const endless = 'SELECT a.customer_id, b.customer_id, c.customer_id FROM sales.crm.customer a, sales.crm.customer b, sales.crm.customer c'
/** Works for many seconds and gives one row. */
const silent = `SELECT count(*) FROM (${endless}) WHERE md5(concat_ws('-', customer_id, customer_id_1, customer_id_2)) < '0'`

// Processes start in it, beside whatever else the machine does.
vi.setConfig({ testTimeout: 90_000 })

let mesh: DevMesh
let token: string
beforeAll(async () => {
  mesh = await startDevMesh({ portBase: 19_300 })
  token = await tokenOf(mesh, 'analyst')
})
afterAll(() => mesh?.stop())

interface Asked {
  readonly sent: ClientRequest
  readonly reply: Promise<IncomingMessage>
}

function ask(sql: string): Asked {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/x-ndjson' }
  const sent = request(new URL('/v1/sql', mesh.dev.gates.sales!.http), { method: 'POST', agent: false, headers })
  const reply = new Promise<IncomingMessage>((resolve, reject) => void sent.once('response', resolve).once('error', reject))
  reply.catch(() => undefined)
  sent.on('error', () => undefined)
  sent.end(JSON.stringify({ sql, purpose: 'analytics' }))
  return { sent, reply }
}

/** Reads the header line, and no more than came with it. */
async function receiptOf({ reply }: Asked): Promise<Receipt> {
  const stream = await reply
  stream.on('error', () => undefined)
  const first = await new Promise<Buffer>(resolve => stream.once('data', resolve))
  stream.pause()
  return (JSON.parse(first.toString('utf8').split('\n')[0]!) as { receipt: Receipt }).receipt
}

const endOf = (index: number): Promise<Entry | undefined> =>
  until(async () => endings(await entriesOf(mesh, 'sales', index + 1)).get(index), 5_000)

test('a client that leaves in mid-stream: the statement is cancelled, and its end is recorded', async () => {
  const asked = ask(endless)
  const { index } = await receiptOf(asked)
  const gate = partOf(mesh, 'gate-sales')!
  asked.sent.destroy()
  expect(await endOf(index)).toMatchObject({ event: 'ended', of: index, code: 'engine.cancelled' })
  await wait(1_000)
  expect(await isQuiet(childOf(gate, 'engine'))).toBe(true)
})

test('a client that leaves before the first line, many times: each that was released has ended', async () => {
  for (let i = 0; i < 40; i++) {
    const { sent } = ask(`SELECT customer_id FROM sales.crm.customer WHERE customer_id <> ${i % 4}`)
    await wait(i)
    sent.destroy()
  }
  expect(await until(everyEnded, 8_000)).toBe(true)
})

test('a reader that stalls: the gate holds a bounded part of its answer', async () => {
  const gate = partOf(mesh, 'gate-sales')!
  const readers = Array.from({ length: 2 }, () => ask(endless))
  await Promise.all(readers.map(receiptOf))
  const before = residentMb(gate)
  await wait(2_000)
  expect(residentMb(gate) - before).toBeLessThan(64)
  for (const { sent } of readers) sent.destroy()
  expect(await until(everyEnded, 8_000)).toBe(true)
})

test('a gate that is stopped under load ends within ten seconds, and has recorded every end', async () => {
  const gate = partOf(mesh, 'gate-sales')!
  const stalled = ask(endless)
  const reading = ask(endless)
  await Promise.all([receiptOf(stalled), receiptOf(reading)])
  ;(await reading.reply).resume()
  const waiting = ask(silent)
  await wait(300)
  const stopped = Date.now()
  await tellPart(mesh, 'stop', 'gate-sales')
  expect(Date.now() - stopped).toBeLessThan(10_000)
  expect(partOf(mesh, 'gate-sales')).toBeUndefined()
  waiting.sent.destroy()
  expect(await everyEnded()).toBe(true)
  await logIsWhole(mesh, 'sales')
  await tellPart(mesh, 'start', 'gate-sales')
  expect(await until(() => partOf(mesh, 'gate-sales'))).not.toBe(gate)
})

async function everyEnded(): Promise<true | undefined> {
  return [...endings(await entriesOf(mesh, 'sales', 1)).values()].every(entry => entry !== undefined) || undefined
}

/** No child, or one that does not work any more: half a second takes it less than 100 ms of time on the processor. */
async function isQuiet(pid: number | undefined): Promise<boolean> {
  if (pid === undefined) return true
  const before = ticksOf(pid)
  await wait(500)
  return ticksOf(pid) - before < 10
}
