import { readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { readEntries } from '@selvage/ledger/io'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'

vi.setConfig({ testTimeout: 60_000 })

const limits = { connections: 8, idleMs: 1_000, silentMs: 3_000, headerMs: 20_000, requestMs: 20_000 }
const engine = { children: 2, memoryMb: 64, tempMb: 16, threads: 1, timeoutMs: 50_000 }

let mesh: SmallMesh
const lines: Line[] = []
beforeAll(async () => {
  mesh = await SmallMesh.ready({ gate: { engine } })
})
afterEach(() => {
  for (const line of lines.splice(0)) line.socket.destroy()
})
afterAll(() => mesh?.close())

/** One connection, and all that comes on it. */
class Line {
  readonly socket: Socket
  text = ''
  readonly opened: number = performance.now()
  /** Milliseconds from its begin until the gate closed it. */
  readonly closed: Promise<number>

  constructor() {
    const { hostname, port } = new URL(mesh.door.url)
    this.socket = connect(Number(port), hostname)
    this.socket.on('error', () => undefined)
    this.closed = new Promise(resolve => void this.socket.once('close', () => resolve(performance.now() - this.opened)))
    lines.push(this)
  }

  /** Of what is answered first. */
  async status(): Promise<number> {
    this.socket.on('data', (part: Buffer) => {
      this.text += part.toString('latin1')
    })
    await Promise.race([this.closed, expect.poll(() => this.text, { timeout: 20_000 }).toMatch(/\r\n\r\n/)])
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1] ?? 0)
  }
}

const live = (): string => `GET /livez HTTP/1.1\r\nHost: ${new URL(mesh.door.url).host}\r\n\r\n`

function say(text: string): Line {
  const line = new Line()
  line.socket.write(text)
  return line
}

function ask(sql: string): Line {
  const body = JSON.stringify({ sql, purpose: 'analytics' })
  const head = `Authorization: Bearer ${mesh.token()}\r\nContent-Type: application/json\r\nAccept: application/x-ndjson`
  return say(
    `POST /v1/sql HTTP/1.1\r\nHost: ${new URL(mesh.door.url).host}\r\n${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/** Whoever comes next is answered. */
async function unharmed(): Promise<void> {
  await expect.poll(() => say(live()).status(), { timeout: 20_000 }).toBe(200)
  await expect
    .poll(async () => (await mesh.ask('SELECT count(*) FROM lab.shop.orders').catch(() => undefined))?.status, { timeout: 20_000 })
    .toBe(200)
}

describe('temporary disk', () => {
  /** Of 200 MB, in 64 MiB of memory. */
  const sorted = (rows: number): string =>
    `SELECT sum(n) FROM (SELECT h, row_number() OVER (ORDER BY h) AS n
     FROM (SELECT hash(r.range, o.id)::VARCHAR || hash(o.id, r.range) AS h FROM lab.shop.orders AS o, range(${rows}) AS r)) WHERE h > '5'`

  test('is no more than a child may have', async () => {
    expect((await mesh.ask(sorted(10_000))).status).toBe(200)
    const { status, body, headers } = await mesh.ask(sorted(1_000_000))
    expect({ status, code: body.code, retry: headers.get('retry-after') }).toEqual({ status: 429, code: 'limit.memory', retry: null })
    await unharmed()
    // What was written is gone with the statement, or its child.
    const temp = join(mesh.dir, 'gate', 'temp')
    await expect
      .poll(() => readdirSync(temp, { recursive: true }).filter(name => String(name).includes('.tmp')), { timeout: 10_000 })
      .toEqual([])
  })
})

describe('connections', () => {
  beforeAll(async () => {
    // Started again: on a busy machine a bundle takes longer to be taken than a connection may be silent here.
    await mesh.gate!.stop()
    await mesh.startGate({ limits })
    await mesh.becomes('ready')
  })

  test('beyond their number are closed without a word; one that leaves makes room', async () => {
    // Those of the test before are gone.
    await expect.poll(() => say(live()).status(), { timeout: 10_000 }).toBe(200)
    await new Promise(resolve => setTimeout(resolve, 2_500))
    const held = Array.from({ length: limits.connections }, () => say('GET /livez HTTP/1.1\r\n'))
    const more = say(live())
    expect([await more.status(), more.text]).toEqual([0, ''])
    held[0]!.socket.destroy()
    await expect.poll(() => say(live()).status(), { timeout: 10_000 }).toBe(200)
    for (const { socket } of held) socket.destroy()
    await unharmed()
  })

  test('without a request are closed after their time, those that were answered too', async () => {
    const answered = say(live())
    expect(await answered.status()).toBe(200)
    const ms = await answered.closed
    expect(ms).toBeGreaterThan(900)
    expect(ms).toBeLessThan(limits.idleMs + 5_000)
    await unharmed()
  })

  test.each([
    ['whose rows nobody reads', 'SELECT o.*, r.range FROM lab.shop.orders AS o, range(100000000) AS r', 'ended'],
    [
      'whose statement gives nothing for so long',
      'SELECT count(*) FROM lab.shop.orders AS o, range(100000000000) AS r WHERE r.range % 7 = 8',
      'denied',
    ],
  ])('on which no byte moves are closed, and their statement ends: %s', async (_what, sql, event) => {
    const size = await entries()
    const silent = ask(sql)
    // A socket that nobody reads does not tell its end.
    if (event === 'denied') silent.socket.resume()
    const ended = async (): Promise<unknown> =>
      (await entries())
        .slice(size.length)
        .filter(entry => entry.code === 'engine.cancelled')
        .map(({ event }) => event)
    await expect.poll(ended, { timeout: 40_000, interval: 200 }).toEqual([event])
    expect(performance.now() - silent.opened).toBeGreaterThan(limits.silentMs - 100)
    if (event === 'denied') expect(await silent.closed).toBeLessThan(limits.silentMs + 10_000)
    await unharmed()
  })
})

async function entries(): Promise<readonly { event: string; code?: string }[]> {
  const read: { event: string; code?: string }[] = []
  for await (const { entry } of readEntries(mesh.auditDir, 0, Number.MAX_SAFE_INTEGER))
    read.push(JSON.parse(Buffer.from(entry).toString('utf8')) as { event: string; code?: string })
  return read
}
