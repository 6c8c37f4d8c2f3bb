import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleFile } from '@selvage/bundle'
import { readEntries } from '@selvage/ledger/io'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { isSkipped } from './clock.ts'
import { Cursor, endless, long } from './cursor.ts'
import { day, SmallMesh } from './small-mesh.ts'
import { dataFiles, domainFiles } from './small-tree.ts'

/** `SWAPS=100` measures how soon rows end, over so many changes of the rules. */
const swaps = Number(process.env.SWAPS ?? 1)
vi.setConfig({ testTimeout: 60_000 + swaps * 15_000 })

const policy = (text: string): BundleFile => ({ path: 'domains/lab/policies/later.cedar', text })
const forbid = (action: string, on: string): BundleFile =>
  policy(`@id("lab/later")\nforbid (principal, action == Mesh::Action::"${action}", resource in ${on});\n`)
const noReading = forbid('read', 'Mesh::Product::"lab.shop"')

/** Milliseconds in which rows end; the rest is for a busy machine, to see it. */
const within = 1_000
const slack = 1_500

describe.skipIf(isSkipped)('rows under way', () => {
  let mesh: SmallMesh
  let version = 3
  beforeAll(async () => {
    const engine = { children: 2, memoryMb: 128, threads: 1, timeoutMs: 120_000, result: { rows: 100_000_000 } }
    mesh = await SmallMesh.ready({ stepped: true, gate: { engine, maxFreshnessAge: 3 * day } })
  })
  const open: Cursor[] = []
  afterAll(() => mesh?.close())
  beforeEach(async () => {
    for (const cursor of open.splice(0)) cursor.leave()
    await mesh.becomes('ready')
    await put()
  })

  async function openCursor(sql: string, more: { accept?: string } = {}): Promise<Cursor> {
    const cursor = await Cursor.open(mesh, sql, more)
    open.push(cursor)
    return cursor
  }

  /** Milliseconds at which it was delivered. */
  async function put(...more: readonly BundleFile[]): Promise<number> {
    return deliver({ files: [...domainFiles, ...more] })
  }

  async function deliver(change: object): Promise<number> {
    version += 1
    const { status, text } = await mesh.putDomain(mesh.domainBundle({ version, ...change }))
    if (status !== 200) throw new Error(text)
    return performance.now()
  }

  /** The newest `ended` that says how rows ended, and when it was there. */
  async function endedWith(code: string, since: number): Promise<number> {
    for (;;) {
      for await (const { entry } of readEntries(mesh.auditDir, 0, Number.MAX_SAFE_INTEGER)) {
        const told = JSON.parse(Buffer.from(entry).toString('utf8')) as {
          event: string
          code?: string
          bundles: { domain: { version: number } }
        }
        if (told.event === 'ended' && told.code === code && told.bundles.domain.version === version - 1) return performance.now()
      }
      if (performance.now() - since > 10_000) return Number.POSITIVE_INFINITY
      await wait(20)
    }
  }

  test('end with the refusal of a rule that forbids them, while they are read', async () => {
    const ms: number[] = []
    for (let swap = 0; swap < swaps; swap += 1) {
      await put()
      const cursor = (await openCursor(endless)).read()
      await wait(100 + Math.random() * 200)
      const begun = performance.now()
      const delivered = await put(noReading)
      ms.push((await cursor.over) - delivered)
      expect((await cursor.trailer()).error).toMatchObject({ code: 'policy.denied' })
      if (swaps > 10) process.stdout.write(`put ${Math.round(delivered - begun)} ms, then ended after ${Math.round(ms.at(-1)!)} ms\n`)
    }
    ms.sort((a, b) => a - b)
    if (swaps > 10) process.stdout.write(`${swaps} swaps: median ${ms[swaps >> 1]} ms, p99 ${ms[Math.ceil(swaps * 0.99) - 1]} ms\n`)
    expect(ms.at(-1)).toBeLessThan(within + slack)
  })

  test('end, and are entered as ended, while nobody reads them; what is read then is what had left before', async () => {
    const cursor = await openCursor(endless)
    await wait(1_000)
    const delivered = await put(noReading)
    expect((await endedWith('policy.denied', delivered)) - delivered).toBeLessThan(within + slack)
    expect((await cursor.read().trailer()).error).toMatchObject({ code: 'policy.denied' })
    // What the kernel holds for two sockets, and a part in each of our hands.
    expect(cursor.bytes).toBeLessThan(16_000_000)
  })

  test('are one document: its asker is told the refusal alone', async () => {
    const asked = openCursor('SELECT count(*) FROM lab.shop.orders AS o, range(100000000000) AS r WHERE r.range % 7 = o.id', {
      accept: 'application/json',
    })
    await wait(500)
    const delivered = await put(noReading)
    const told = await asked
    expect([told.status, performance.now() - delivered < within + slack]).toEqual([403, true])
    told.leave()
  })

  test('of a document that is ready, and not read, do not leave; nor are they held for whoever reads too slowly', async () => {
    const cursor = await openCursor(`${long.replace(/LIMIT .*/, 'LIMIT 1200000')}`, { accept: 'application/json' })
    expect(cursor.status).toBe(200)
    await cursor.sip()
    const delivered = await put(noReading)
    await wait(within + slack - (performance.now() - delivered))
    cursor.read()
    await cursor.over
    expect(cursor.whole).toBe(false)
    // What the kernel holds for two sockets.
    expect(cursor.bytes).toBeLessThan(16_000_000)
  })

  test('end when a mask comes on a column that they show', async () => {
    const cursor = (await openCursor(endless)).read()
    await wait(200)
    const delivered = await put(forbid('reveal', 'Mesh::Column::"lab.shop.orders.country"'))
    expect((await cursor.over) - delivered).toBeLessThan(within + slack)
    expect((await cursor.trailer()).error).toMatchObject({
      code: 'engine.cancelled',
      detail: expect.stringMatching(/changed while the rows/),
    })
  })

  test('go on to the last under rules that do not concern them, and over new data', async () => {
    const cursor = await openCursor(long)
    await put(forbid('reveal', 'Mesh::Column::"lab.shop.orders.email"'))
    await put(policy('@id("lab/later")\nforbid (principal == Mesh::User::"staff/bob", action, resource in Mesh::Product::"lab.shop");\n'))
    writeFileSync(join(mesh.dir, 'data', 'shop', 'orders.csv'), `${dataFiles['shop/orders.csv']}4,new@example.org,UK\n`)
    await put()
    const other = mesh.token({ sub: 'other' })
    expect((await mesh.ask('SELECT count(*) FROM lab.shop.orders', { token: other })).body.rows).toEqual([['4']])
    await wait(1_500)
    expect(await cursor.read().trailer()).toMatchObject({ rows: 1_600_000 })
  })

  test('end with the token that asked for them', async () => {
    const cursor = (await openCursor(endless)).read()
    await wait(200)
    mesh.clock.step(650)
    const stepped = performance.now()
    expect((await cursor.over) - stepped).toBeLessThan(within + slack)
    expect((await cursor.trailer()).error).toMatchObject({ code: 'identity.expired' })
  })

  test('end when the rules expire, and when nobody confirms them any more', async () => {
    await deliver({ files: domainFiles, expires: new Date(mesh.clock.now() + 300_000).toISOString() })
    const one = (await openCursor(endless)).read()
    await wait(200)
    mesh.clock.step(301)
    expect((await one.trailer()).error).toMatchObject({ code: 'policy.expired' })
    await deliver({ files: domainFiles, expires: new Date(mesh.clock.now() + 30 * day * 1_000).toISOString() })
    const other = (await openCursor(endless)).read()
    await mesh.control!.stop()
    mesh.clock.step(4 * day)
    expect((await other.trailer()).error).toMatchObject({ code: 'policy.stale' })
  })
})

test('that the official engine decided, and of which there are newer data, end with a change: it decides the rows of now', async () => {
  const engine = { children: 2, memoryMb: 128, threads: 1, timeoutMs: 120_000 }
  const mesh = await SmallMesh.ready({ gate: { engine, policyEngine: 'wasm' } })
  const cursor = await Cursor.open(mesh, long)
  try {
    expect(cursor.status).toBe(200)
    writeFileSync(join(mesh.dir, 'data', 'shop', 'orders.csv'), 'id,email,country\n2,grace@example.org,US\n')
    const noUk = policy(
      '@id("lab/later")\nforbid (principal, action == Mesh::Action::"read", resource is lab::shop::orders)\nwhen { resource has country && resource.country == "UK" };\n',
    )
    expect((await mesh.putDomain(mesh.domainBundle({ version: 4, files: [...domainFiles, noUk] }))).status).toBe(200)
    await wait(within + slack)
    expect((await cursor.read().trailer()).error).toMatchObject({ code: 'engine.cancelled' })
  } finally {
    cursor.leave()
    await mesh.close()
  }
})

const wait = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms))
