import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { verifyLog } from '@selvage/ledger'
import { directoryReader, readDetail } from '@selvage/ledger/io'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Entry, entriesIn } from '../conformance/door/entries.ts'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { Client, type Said } from './client.ts'

/** What one subject's refusals may take of the log of a running gate. */

const deniedBytes = 65_536
const deniedMs = 6_000
const open = 16
/** Of an entry and its details: 4 KiB, and a statement of 8 KiB with what stands beside it. */
const largest = 4_096 + 10_240

let mesh: SmallMesh

beforeAll(async () => {
  mesh = await SmallMesh.ready({ gate: { limits: { deniedBytes, deniedMs, requestsPerSubject: open } } })
}, 60_000)
afterAll(() => mesh?.close())

interface Told {
  readonly status: number
  readonly code: string | undefined
  readonly retryAfter: number
}

async function ask(sql: string, token: string, path = '/v1/sql'): Promise<Told> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const response = await fetch(mesh.door.url + path, { method: 'POST', headers, body: JSON.stringify({ sql, purpose: 'analytics' }) })
  const { code } = (await response.json()) as { code?: string }
  return { status: response.status, code, retryAfter: Number(response.headers.get('retry-after')) }
}

/** Hard to deflate. */
const refused = (i: number): string =>
  `SELECT '${Array.from({ length: 1_200 }, (_, at) => ((at * 7_919 + i * 104_729) ** 3).toString(36)).join('')}' FROM x.y.z`

const sizeOf = (dir: string): number =>
  readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter(found => found.isFile())
    .reduce((sum, found) => sum + statSync(join(found.parentPath, found.name)).size, 0)

test('a subject that asks what is refused is bounded, counted, and nobody else is touched', async () => {
  const [flooder, other] = [mesh.token({ sub: 'flood' }), mesh.token({ sub: 'ivo' })]
  const agent = mesh.token({ sub: 'flood', act: { sub: 'bot' }, client_id: 'bot' })
  const before = sizeOf(mesh.auditDir)
  const told: Told[] = []
  for (let i = 0; i < 60; i += 4) told.push(...(await Promise.all([0, 1, 2, 3].map(more => ask(refused(i + more), flooder)))))
  const counted = told.filter(({ code }) => code === 'limit.share')
  expect(counted.length).toBeGreaterThan(20)
  for (const { status, retryAfter } of counted) expect([status, retryAfter >= 1 && retryAfter <= deniedMs / 1_000]).toEqual([429, true])
  // Neither what the rules allow, nor through an agent or another route; and others as before.
  expect(await ask('SELECT id FROM lab.shop.orders', flooder)).toMatchObject({ status: 429, code: 'limit.share' })
  expect(await ask('SELECT id FROM lab.shop.orders', agent)).toMatchObject({ status: 429, code: 'limit.share' })
  expect(await ask('SELECT id FROM lab.shop.orders', flooder, '/v1/why')).toMatchObject({ status: 429, code: 'limit.share' })
  expect(await ask('SELECT id FROM lab.shop.orders', other)).toMatchObject({ status: 200 })
  expect(sizeOf(mesh.auditDir) - before).toBeLessThan(3 * (deniedBytes + open * largest))

  const later = (): Promise<Told> => ask('SELECT id FROM lab.shop.orders', flooder)
  await expect.poll(later, { timeout: 2 * deniedMs, interval: 1_000 }).toMatchObject({ status: 200 })
  const isCount = (entry: Entry): boolean => entry.code === 'limit.share' && entry.refused !== undefined
  // It is made when the window is over, and published within moments.
  await expect.poll(async () => (await entriesIn(mesh.auditDir, 0)).some(isCount), { timeout: 10_000 }).toBe(true)
  const entries = await entriesIn(mesh.auditDir, 0)
  const begun = entries.find(entry => entry.code === 'limit.share' && entry.counted_for !== undefined)!
  const ended = entries.find(isCount)!
  expect(begun.counted_for).toBeLessThanOrEqual(deniedMs)
  expect({ of: ended.of, actor: ended.actor, event: ended.event }).toEqual({ of: begun.index, actor: begun.actor, event: 'denied' })
  // Each request of theirs is an entry of its own or one of those counted.
  const own = entries.filter(({ actor, event, code }) => actor === begun.actor && event === 'denied' && code !== 'limit.share')
  expect(own.length).toBe(told.length - counted.length)
  expect(Number(ended.refused)).toBeGreaterThanOrEqual(counted.length + 3)
  for (const { index, raw } of own) expect(raw.length + (await readDetail(mesh.auditDir, index))!.length).toBeLessThan(largest)
}, 60_000)

test('a gate that stops says how many it counted, and its log verifies', async () => {
  const token = mesh.token({ sub: 'flood2' })
  let told: Told
  let counted = 0
  for (let i = 0; i < 40; i += 1) {
    told = await ask(refused(i), token)
    if (told.code === 'limit.share') counted += 1
  }
  expect(counted).toBeGreaterThan(5)
  await mesh.gate!.stop()
  const entries = await entriesIn(mesh.auditDir, 0)
  expect(entries.at(-1)).toMatchObject({ event: 'denied', code: 'limit.share', refused: counted })
  expect(await verifyLog(directoryReader(mesh.auditDir), { key: mesh.verifierKey })).toMatchObject({ ok: true })
}, 60_000)

test('who is refused for the state of the gate is not shut out for it, and each refusal is in the log or counted there', async () => {
  const engine = { children: 2, queue: 1, readerMs: 60_000, perSubject: { running: 1, waiting: 1 } }
  const busy = await SmallMesh.ready({ gate: { engine, limits: { deniedBytes, deniedMs, requestsPerSubject: open } } })
  try {
    const unread = "SELECT o.id, repeat('x', 1000) FROM lab.shop.orders AS o, range(1000000) AS r"
    const held = await Promise.all(['a', 'b'].map(sub => new Client(busy, { sub }).open(unread)))
    const waits = new Client(busy, { sub: 'c' }).ask('SELECT id FROM lab.shop.orders')
    const patient = new Client(busy, { sub: 'patient' })
    const allowed = (i: number): string => `SELECT id, ${i} AS n, '${'x'.repeat(2_000)}' AS t FROM lab.shop.orders`
    const told: Said[] = []
    for (let i = 0; i < 120; i += 4) told.push(...(await Promise.all([0, 1, 2, 3].map(more => patient.ask(allowed(i + more))))))
    expect(new Set(told.map(({ status, code, retryAfter }) => `${status} ${code} ${retryAfter}`))).toEqual(new Set(['503 limit.busy 1']))
    for (const { leave } of held) leave()
    expect((await waits).status).toBe(200)
    expect((await patient.ask(allowed(0))).status).toBe(200)
    const counts = async (): Promise<number> => {
      const entries = (await entriesIn(busy.auditDir, 0)).filter(({ event, code }) => event === 'denied' && code === 'limit.busy')
      const own = entries.filter(({ counted_for, refused }) => counted_for === undefined && refused === undefined)
      expect(own.length).toBeLessThan(told.length)
      return own.length + entries.reduce((sum, { refused = 0 }) => sum + Number(refused), 0)
    }
    await expect.poll(counts, { timeout: 2 * deniedMs + 10_000, interval: 1_000 }).toBe(told.length)
  } finally {
    await busy.close()
  }
}, 90_000)
