import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { Client, type Said } from './client.ts'

vi.setConfig({ testTimeout: 60_000 })

/** Small bounds of every kind: each is reached in no time, and told. */
const gate = {
  memoryMb: 2_560,
  engine: {
    children: 2,
    memoryMb: 128,
    threads: 1,
    timeoutMs: 3_000,
    waitMs: 20_000,
    readerMs: 60_000,
    queue: 5,
    perSubject: { waiting: 2, open: 5 },
    result: { rows: 200_000, bytes: 20_000_000 },
  },
  parser: { timeoutMs: 3_000, treeDepth: 300 },
  limits: {
    documentBytes: 13_000_000,
    documentBytesPerSubject: 26_000_000,
    documentBytesInAll: 42_000_000,
    requestsPerSubject: 8,
    requestsInAll: 40,
    headerMs: 2_000,
    requestMs: 6_000,
    parameters: 10,
    connections: 200,
    headerBytes: 8_192,
  },
}

let mesh: SmallMesh
let greedy: Client
let polite: Client
beforeAll(async () => {
  mesh = await SmallMesh.ready({ gate })
  greedy = new Client(mesh, { sub: 'greedy' })
  polite = new Client(mesh, { sub: 'polite' })
})
afterAll(() => mesh?.close())

const rows = (n: number): string => `SELECT o.id, r.range FROM lab.shop.orders AS o, range(${n}) AS r`
const wide = "SELECT o.id, repeat('x', 1000) FROM lab.shop.orders AS o, range(1000000) AS r"
const small = (n: number): string => `SELECT id, ${n} AS n FROM lab.shop.orders ORDER BY id LIMIT 1`
/** More than all buffers between the gate and a client hold, and never read. */
const unread = (client: Client): ReturnType<Client['open']> => client.open(wide)
const live = async (): Promise<number> => (await fetch(`${mesh.door.url}/livez`)).status

describe('one subject', () => {
  test('never holds all children, waits for its own, and is told so; others and /livez are answered', async () => {
    const held = await unread(greedy)
    expect(held.status).toBe(200)
    // Of four more, two may wait.
    const told: Said[] = []
    const asked = [1, 2, 3, 4].map(async i => void told.push(await greedy.ask(small(i))))
    const refused = await until(async () => told.length === 2 && [...told])
    for (const said of refused) expect(said).toMatchObject({ status: 429, code: 'limit.share', retryAfter: '1' })
    for (let i = 0; i < 10; i++) expect((await polite.ask(small(i))).status).toBe(200)
    expect(await live()).toBe(200)
    held.leave()
    await Promise.all(asked)
    expect(told.slice(2).map(({ status }) => status)).toEqual([200, 200])
  })

  test('of many, none is refused for what another does; all together are, with 503', async () => {
    const held = await Promise.all(['a', 'b'].map(sub => unread(new Client(mesh, { sub }))))
    expect(held.map(({ status }) => status)).toEqual([200, 200])
    const others = ['c', 'd', 'e', 'f', 'g', 'h', 'i'].map(sub => new Client(mesh, { sub }).ask(small(7)))
    // Five may wait: two are told at once.
    const first = await Promise.race(others)
    expect(first).toMatchObject({ status: 503, code: 'limit.busy', retryAfter: '1' })
    expect(await live()).toBe(200)
    for (const { leave } of held) leave()
    const told = await Promise.all(others)
    expect(told.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(told.filter(({ code }) => code === 'limit.busy')).toHaveLength(2)
  })

  test('has so much of documents that it does not read in memory, and all together have; it is free when they are read', async () => {
    // Some 12 MB: more than all buffers between the gate and a client hold.
    const document = "SELECT o.id, repeat('x', 1000) FROM lab.shop.orders AS o, range(4000) AS r"
    const open = (client: Client) => client.open(document, 'application/json')
    const held = [await open(greedy), await open(greedy)]
    const third = await open(greedy)
    expect([...held, third].map(({ status }) => status)).toEqual([200, 200, 429])
    expect(await third.read()).toContain('"code":"limit.share"')
    held.push(await open(polite))
    const beyond = await open(new Client(mesh, { sub: 'another' }))
    expect([held[2]!.status, beyond.status]).toEqual([200, 503])
    expect(await beyond.read()).toContain('"code":"limit.busy"')
    expect((await held[0]!.read()).length).toBeGreaterThan(12_000_000)
    for (const { leave } of held.slice(1)) leave()
    const again = await open(greedy)
    expect(again.status).toBe(200)
    expect((await again.read()).length).toBeGreaterThan(12_000_000)
  })

  test('has so many requests open before a body is read, through its agents too, and no more', async () => {
    const tokens = [mesh.token({ sub: 'slow' }), mesh.token({ sub: 'slow', act: { sub: 'bot' } })]
    const slow = Array.from({ length: 20 }, (_, i) => half(`Authorization: Bearer ${tokens[i % 2]}\r\n`))
    expect((await polite.ask(small(1))).status).toBe(200)
    // Nor do they last: a body that does not come is not waited for.
    const statuses = await Promise.all(slow)
    expect([429, 400].map(status => statuses.filter(one => one === status).length)).toEqual([12, 8])
    expect((await new Client(mesh, { sub: 'slow' }).ask(small(2))).status).toBe(200)
  })
})

describe('a statement', () => {
  test.each([
    ['rows', rows(1_000_000), 'limit.rows'],
    ['bytes', wide, 'limit.rows'],
    ['time', `SELECT count(*) FROM lab.shop.orders AS o, range(100000000000) AS r WHERE r.range % 7 = 8`, 'limit.time'],
    ['memory', `SELECT len(range(300000000)), count(*) FROM lab.shop.orders`, 'limit.memory'],
    ['parts', `SELECT ${Array(20_000).fill('1').join(',')} FROM lab.shop.orders`, 'request.too_large'],
    ['length', `SELECT '${'x'.repeat(70_000)}'`, 'request.too_large'],
    ['depth', `SELECT ${'abs('.repeat(2_000)}1${')'.repeat(2_000)}`, 'query.unsupported'],
    ['depth of its tree', `SELECT ${'abs('.repeat(200)}1${')'.repeat(200)}`, 'query.unsupported'],
    [
      'time of reading',
      `SELECT 1 AS a0${Array.from({ length: 30 }, (_, i) => `, a${i}+a${i} AS a${i + 1}`).join('')}`,
      'limit.(time|memory)',
    ],
  ])('is bounded: %s', async (_what, sql, code) => {
    const said = await greedy.ask(sql)
    expect(said.code).toMatch(new RegExp(`^${code}$`))
    expect(said.retryAfter).toBeUndefined()
    expect((await polite.ask(small(1))).status).toBe(200)
  })
})

describe('a connection', () => {
  test('whose head is too large is told so', async () => {
    const head = (bytes: number): Promise<number> => half(`X-Long: ${'x'.repeat(bytes)}\r\n`)
    expect([await head(7_000), await head(9_000)]).toEqual([401, 431])
    expect(await live()).toBe(200)
  })

  test('whose head does not come, or whose body does not, is closed', async () => {
    const token = mesh.token()
    const begun = Date.now()
    expect(await Promise.all([half(''), half(`Authorization: Bearer ${token}\r\n`), headless()])).toEqual([401, 400, 400])
    expect(Date.now() - begun).toBeLessThan(30_000)
  })
})

/** The head of a request whose body does not come: the status of what is answered. */
const half = (more: string): Promise<number> =>
  statusOf(`POST /v1/sql HTTP/1.1\r\nHost: x\r\n${more}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"sql":`)

const headless = (): Promise<number> => statusOf('POST /v1/sql HTTP/1.1\r\nHost: x\r\nX-Slow: ')

function statusOf(bytes: string): Promise<number> {
  const { host, hostname, port } = new URL(mesh.door.url)
  return new Promise(resolve => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('data', part => {
      text += part.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.once('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)))
    socket.write(bytes.replace('Host: x', `Host: ${host}`))
  })
}

/** What it waits for is certain to come; only when is not. */
async function until<T>(probe: () => Promise<T | false>): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const found = await probe()
    if (found !== false) return found
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error('did not come')
}
