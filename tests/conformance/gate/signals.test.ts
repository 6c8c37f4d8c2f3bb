import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { readEntries } from '@selvage/ledger/io'
import { startTransmitter, type TestTransmitter } from '@selvage/testkit/transmitter'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { caep } from '../../../packages/identity/src/testing/event.ts'
import { Cursor, endless } from './cursor.ts'
import { SmallMesh } from './small-mesh.ts'
import { signallingFiles } from './small-tree.ts'

vi.setConfig({ testTimeout: 60_000 })

const rows = 'SELECT id FROM lab.shop.orders'
const engine = { children: 3, memoryMb: 128, threads: 1, timeoutMs: 120_000, result: { rows: 100_000_000 } }
/** Milliseconds in which rows end; the rest is for a busy machine, to see it. */
const within = 1_000
const slack = 1_500
const managed = {
  path: 'domains/lab/policies/managed.cedar',
  text: `@id("lab/managed")
@mask("null")
forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"lab.shop.orders.country")
when { context has device && context.device has managed && !context.device.managed };
`,
}

describe.each(['push', 'poll'] as const)('signals by %s', delivery => {
  let there: TestTransmitter
  let mesh: SmallMesh
  beforeAll(async () => {
    there = await startTransmitter()
    const port = await freePort()
    const signals = {
      staff: {
        client: { id: there.client.id, secret: { env: 'TRANSMITTER_SECRET' } },
        address: `http://127.0.0.1:${port}/v1/signals/staff`,
      },
    }
    mesh = await SmallMesh.ready({
      gate: { port, signals, engine: { ...engine, perSubject: { running: 2 } } },
      files: [...signallingFiles(delivery, { audience: there.audience, silence: 10 }), managed],
      issuer: { url: there.url, key: { ...there.key, alg: 'RS256', jwk: { kid: there.key.kid } } },
      environment: () => ({ TRANSMITTER_SECRET: there.client.secret }),
    })
  })
  afterAll(async () => {
    await mesh?.close()
    await there?.close()
  })

  const isStale = async (): Promise<boolean> => {
    const { degraded } = (await (await fetch(`${mesh.door.url}/readyz`)).json()) as { degraded?: readonly string[] }
    return degraded?.includes('signals-stale') === true
  }
  const becomes = (stale: boolean): Promise<void> => expect.poll(isStale, { timeout: 30_000 }).toBe(stale)
  const user = (sub: string): object => ({ format: 'iss_sub', iss: there.url, sub })

  /** Once the gate has acknowledged it. */
  async function say(name: string, subject: object, event: object = {}): Promise<number> {
    const id = there.emit(caep + name, subject, event)
    await expect.poll(() => there.stream()?.told.get(id), { timeout: 10_000, interval: 20 }).toBe('accepted')
    return performance.now()
  }
  const codeOf = async (token: string): Promise<string> => {
    const { status, body } = await mesh.ask(rows, { token })
    return status === 200 ? 'answered' : body.code
  }
  const countryOf = async (token: string): Promise<unknown> =>
    (await mesh.ask('SELECT country FROM lab.shop.orders ORDER BY id LIMIT 1', { token })).body.rows[0]![0]

  test('are there once the transmitter gave a sign of life', () => becomes(false))

  test('a revoked person is refused, and a new token is taken', async () => {
    const [token, other] = [mesh.token({ sub: 'eve' }), mesh.token({ sub: 'other' })]
    expect(await codeOf(token)).toBe('answered')
    await say('session-revoked', user('eve'))
    expect([await codeOf(token), await codeOf(other)]).toEqual(['identity.revoked', 'answered'])
    await wait(1_100)
    expect(await codeOf(mesh.token({ sub: 'eve' }))).toBe('answered')
  })

  test('rows under way end within a second of it, those of an agent that acts for the person too', async () => {
    const token = mesh.token({ sub: 'frank', act: { sub: 'bot', roles: ['analyst'] } })
    const open = (by: string): Promise<Cursor> => Cursor.open(mesh, endless, { authorization: `Bearer ${by}` })
    const cursors = [await open(mesh.token({ sub: 'frank' })), await open(token)]
    expect(cursors.map(cursor => cursor.read().status)).toEqual([200, 200])
    await wait(300)
    const said = await say('session-revoked', user('frank'))
    for (const cursor of cursors) {
      expect((await cursor.over) - said).toBeLessThan(within + slack)
      expect((await cursor.trailer()).error).toMatchObject({ code: 'identity.revoked' })
    }
  })

  test('an agent that is revoked does nothing for anybody any more', async () => {
    const [acting, alone] = [mesh.token({ sub: 'ana', act: { sub: 'bot', roles: ['analyst'] } }), mesh.token({ sub: 'ana' })]
    await say('session-revoked', { format: 'complex', application: { format: 'opaque', id: 'bot' } })
    expect([await codeOf(acting), await codeOf(alone)]).toEqual(['identity.revoked', 'answered'])
  })

  test('a session that is over is refused, the person’s others are not', async () => {
    const [one, two] = [mesh.token({ sub: 'gil', sid: 's1' }), mesh.token({ sub: 'gil', sid: 's2' })]
    await say('session-revoked', { format: 'complex', user: user('gil'), session: { format: 'opaque', id: 's1' } })
    expect([await codeOf(one), await codeOf(two)]).toEqual(['identity.revoked', 'answered'])
  })

  test('a device that is not compliant is not managed, whatever the token says, until it is again', async () => {
    const token = mesh.token({ sub: 'hal', device: { managed: true } })
    expect(await countryOf(token)).toBe('UK')
    await say('device-compliance-change', user('hal'), { current_status: 'not-compliant', previous_status: 'compliant' })
    expect(await countryOf(token)).toBe(null)
    await wait(1_100)
    await say('device-compliance-change', user('hal'), { current_status: 'compliant', previous_status: 'not-compliant' })
    expect(await countryOf(token)).toBe('UK')
  })

  test('an event that nobody knows is acknowledged, and changes nothing', async () => {
    const token = mesh.token({ sub: 'ida' })
    await say('no-such-event', user('ida'))
    expect(await codeOf(token)).toBe('answered')
    await expect.poll(() => /"signals.taken".*"effect":"unknown"/.test(mesh.output)).toBe(true)
  })

  test('a restart forgets nothing, and what was sent meanwhile is taken then', async () => {
    const [before, meanwhile] = [mesh.token({ sub: 'jo' }), mesh.token({ sub: 'kim' })]
    await say('session-revoked', user('jo'))
    await mesh.gate!.stop('SIGKILL')
    const id = there.emit(`${caep}session-revoked`, user('kim'))
    await mesh.startGate()
    await mesh.becomes('ready')
    expect(await codeOf(before)).toBe('identity.revoked')
    await expect.poll(() => there.stream()?.told.get(id), { timeout: 15_000 }).toBe('accepted')
    expect(await codeOf(meanwhile)).toBe('identity.revoked')
  })

  test('each stands in the audit log, under names that nobody knows', async () => {
    const entries: string[] = []
    for await (const { entry } of readEntries(mesh.auditDir, 0, Number.MAX_SAFE_INTEGER)) entries.push(Buffer.from(entry).toString())
    const signals = entries.filter(entry => entry.includes('"event":"signal"'))
    expect(signals.length).toBeGreaterThanOrEqual(7)
    expect(signals.join()).not.toMatch(/"(eve|frank|gil|hal|bot|s1)"|staff\/(eve|frank)/)
    const actor = entries
      .map(entry => JSON.parse(entry) as { event: string; actor?: string })
      .find(({ event }) => event === 'released')?.actor
    expect(signals[0]).toContain(`"of":"${actor}"`)
  })

  test.runIf(delivery === 'push')('what was kept and is broken refuses every token that was issued before', async () => {
    const token = mesh.token({ sub: 'lea' })
    await mesh.gate!.stop()
    const path = join(mesh.dir, 'gate', 'signals', 'events')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"jo"', '"jx"'))
    await mesh.startGate()
    await mesh.becomes('ready')
    expect(await codeOf(token)).toBe('identity.revoked')
    await wait(1_100)
    expect(await codeOf(mesh.token({ sub: 'lea' }))).toBe('answered')
    await becomes(false)
  })

  test('silence is told, and ends with the next sign of life', async () => {
    there.silent = true
    await becomes(true)
    there.silent = false
    await becomes(false)
    await expect.poll(() => mesh.output).toMatch(/"signals.stale"/)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => void server.close(resolve))
  return port
}

const wait = (ms: number): Promise<void> => new Promise(resolve => void setTimeout(resolve, ms))
