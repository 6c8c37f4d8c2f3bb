import { Agent, request } from 'node:http'
import { createStanding, type Standee } from '@selvage/identity'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audienceOfStream, eventClaims, signEvent } from '../../packages/identity/src/testing/event.ts'
import { Cursor, endless } from '../conformance/gate/cursor.ts'
import { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { signallingFiles } from '../conformance/gate/small-tree.ts'
import { summarise } from './latency.ts'
import { report } from './report.ts'

/** What it costs to know what was said of a token, and how soon it is felt. */
const part = 'signals'
const ids = 400_000
const events = Number(process.env.SELVAGE_BENCH_EVENTS ?? 1_000)

describe('what is known of 400,000 ids', () => {
  const now = Date.UTC(2026, 10, 25, 12)
  const standee = (i: number): Standee => ({
    subject: { id: `workforce/person-${i}` },
    actors: [{ id: `workforce/agent-${i % 100}` }],
    issuer: 'workforce',
    clientId: 'selvage-cli',
    tokenId: `token-${i}`,
    sessionId: `session-${i}`,
    issuedAt: now + 1_000,
  })

  test('a look, and memory', () => {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    const standing = createStanding({ now: () => now })
    const at = now / 1_000
    for (let i = 0; i < ids / 2; i++)
      standing.apply('workforce', [
        { kind: 'party', id: `person-${i}`, at },
        { kind: 'ended', id: `gone-${i}`, at },
      ])
    globalThis.gc?.()
    report({ part, what: `memory of ${ids} ids`, value: (process.memoryUsage().heapUsed - before) / 1_048_576, unit: 'MiB' })
    for (const [who, count, bar] of [
      ['of 1,000 tokens in turns', 1_000, { atMost: 1_000 }],
      ['of 100,000, none of them in a cache of the processor', 100_000, {}],
    ] as const) {
      const askers = Array.from({ length: count }, (_, i) => standee(i * 17))
      const looks = 400_000
      // Of the processor: on a machine that does other things a look waits, and costs no more.
      const nanoseconds = Array.from({ length: 5 }, () => {
        const before = process.cpuUsage()
        for (let i = 0; i < looks; i++) standing.refuse(askers[i % count]!)
        return (process.cpuUsage(before).user * 1_000) / looks
      }).sort((a, b) => a - b)
      report({ part, what: `one look among ${ids} ids, ${who}`, value: nanoseconds[2]!, unit: 'ns', ...bar })
    }
    expect(standing.size()).toBe(ids)
  })
})

describe('from an event to a refused and an ended query', () => {
  let mesh: SmallMesh
  const agent = new Agent({ keepAlive: true, maxSockets: 200 })
  beforeAll(async () => {
    const engine = {
      children: 8,
      memoryMb: 64,
      threads: 1,
      timeoutMs: 600_000,
      readerMs: 600_000,
      result: { rows: 1_000_000_000, bytes: 2 ** 40 },
    }
    mesh = await SmallMesh.ready({
      gate: { engine, memoryMb: 8_192, limits: { silentMs: 3_600_000 }, signals: { staff: { authorization: { env: 'TRANSMITTER' } } } },
      files: signallingFiles('push', { audience: audienceOfStream }),
      environment: () => ({ TRANSMITTER: 'Bearer transmitter' }),
    })
  })
  afterAll(() => mesh?.close())

  function post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, mesh.door.url), { method: 'POST', agent, headers }, reply => {
        reply.resume().on('end', () => resolve(reply.statusCode ?? 0))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }
  const ask = (token: string): Promise<number> =>
    post(
      '/v1/sql',
      { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      JSON.stringify({ sql: 'SELECT id FROM lab.shop.orders', purpose: 'analytics' }),
    )
  function push(sub: string): Promise<number> {
    const subject = { format: 'iss_sub', iss: mesh.issuer.url, sub }
    const text = signEvent(eventClaims(mesh.issuer.url, Date.now(), { jti: `event-${sub}`, sub_id: subject }), mesh.key)
    return post('/v1/signals/staff', { authorization: 'Bearer transmitter', 'content-type': 'application/secevent+jwt' }, text)
  }

  test('under load, with cursors open', { timeout: 1_800_000 }, async () => {
    const [taken, refused, ended]: [number[], number[], number[]] = [[], [], []]
    let [next, loading, answered, later, unsure] = [0, true, 0, 0, 0]
    // Read at the end only, so that it does not come to its own.
    const bystander = await Cursor.open(mesh, endless, { authorization: `Bearer ${mesh.token({ sub: 'bystander' })}` })
    /** On a machine that is too busy a child may come too late: then again. */
    async function openCursor(token: string): Promise<Cursor> {
      for (;;) {
        const cursor = (await Cursor.open(mesh, endless, { authorization: `Bearer ${token}` })).read()
        if (cursor.status === 200) return cursor
        later += 1
      }
    }
    async function revoke(): Promise<void> {
      for (let i = next++; i < events; i = next++) {
        const sub = `subject-${i}`
        const token = mesh.token({ sub })
        const cursor = await openCursor(token)
        const sent = performance.now()
        expect(await push(sub)).toBe(202)
        const accepted = performance.now()
        taken.push(accepted - sent)
        while ((await ask(token)) !== 401);
        refused.push(performance.now() - accepted)
        ended.push((await cursor.over) - accepted)
        const { error } = await cursor.trailer()
        if (error?.code === 'engine.cancelled') unsure += 1
        else expect(error?.code).toBe('identity.revoked')
      }
    }
    async function load(client: number): Promise<void> {
      const token = mesh.token({ sub: `client-${client}` })
      while (loading) {
        if ((await ask(token)) === 200) answered += 1
      }
    }
    const started = performance.now()
    const clients = Array.from({ length: 4 }, (_, client) => load(client))
    await Promise.all(Array.from({ length: 6 }, revoke))
    loading = false
    await Promise.all(clients)
    const seconds = (performance.now() - started) / 1_000
    const rows = [
      ['an event: sent to acknowledged, durable', taken],
      ['acknowledged to a query refused', refused],
      ['acknowledged to an open cursor ended', ended],
    ] as const
    for (const [what, times] of rows) {
      const { p50, p99 } = summarise(times, 1)
      report({ part, what: `${what}, p50 of ${times.length}`, value: p50, unit: 'ms' })
      report({ part, what: `${what}, p99`, value: p99, unit: 'ms', ...(times === taken ? {} : { atMost: 1_000 }) })
      report({ part, what: `${what}, slowest`, value: Math.max(...times), unit: 'ms' })
    }
    report({ part, what: 'events taken meanwhile', value: events / seconds, unit: '/s' })
    report({ part, what: 'statements answered meanwhile', value: answered / seconds, unit: '/s' })
    // A gate that cannot decide anew within 600 ms ends what it would have to decide.
    report({ part, what: 'cursors that ended without a decision', value: unsure, unit: '' })
    report({ part, what: 'cursors that were opened at a second try', value: later, unit: '' })
    const isOpen = (await Promise.race([bystander.read().over, new Promise(resolve => setTimeout(resolve, 2_000, 'open'))])) === 'open'
    report({ part, what: 'somebody else’s cursor, open from the first to the last of them', value: isOpen ? 1 : 0, unit: '', atLeast: 1 })
    bystander.leave()
  })
})
