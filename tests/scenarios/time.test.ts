import { verifyLog } from '@selvage/ledger'
import { directoryReader, readEntries } from '@selvage/ledger/io'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { isSkipped } from '../conformance/gate/clock.ts'
import { day, SmallMesh } from '../conformance/gate/small-mesh.ts'

const sql = 'SELECT id, email, country FROM lab.shop.orders ORDER BY 1'
const maxAge = 7_200

vi.setConfig({ testTimeout: 120_000 })

interface Entry {
  readonly event: string
  readonly code?: string
  readonly time: number
}

/** Real processes whose time of day is stepped: what holds when it goes on for long, jumps ahead or is set back. */
describe.skipIf(isSkipped)('time', () => {
  let mesh: SmallMesh
  let rows: unknown
  beforeAll(async () => {
    mesh = await SmallMesh.ready({ stepped: true, gate: { maxFreshnessAge: maxAge } })
    rows = (await mesh.ask(sql)).body.rows
    expect(rows).toHaveLength(3)
  })
  afterAll(() => mesh?.close())
  beforeEach(() => mesh.becomes('ready'))

  /** The same rows under the same tokens, or the code. */
  async function asked(token = mesh.token()): Promise<unknown> {
    const { status, body } = await mesh.ask(sql, { token })
    return status === 200 ? body.rows : body.code
  }

  /** It listens before it has read what it keeps. */
  async function restartGate(state: string): Promise<void> {
    await mesh.gate!.stop()
    await mesh.startGate()
    await mesh.becomes(state)
  }

  async function entries(from: number): Promise<readonly Entry[]> {
    await new Promise(resolve => setTimeout(resolve, 500))
    const read: Entry[] = []
    for await (const { entry } of readEntries(mesh.auditDir, from, Number.MAX_SAFE_INTEGER))
      read.push(JSON.parse(Buffer.from(entry).toString('utf8')) as Entry)
    return read
  }

  test('with control stopped a gate answers, restarted too, until the maximum age, and then says why it does not', async () => {
    await mesh.control!.stop('SIGKILL')
    mesh.clock.step(maxAge - 120)
    expect(await asked()).toEqual(rows)
    await restartGate('ready')
    expect(await asked()).toEqual(rows)
    mesh.clock.step(240)
    const told = await mesh.ask(sql)
    expect({ status: told.status, code: told.body.code, retry: told.headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'policy.stale',
      retry: '1',
    })
    expect(await mesh.state()).toBe('policy.stale')
    await restartGate('policy.stale')
    expect(await asked()).toBe('policy.stale')
    await mesh.startControl()
    await mesh.becomes('ready')
    expect(await asked()).toEqual(rows)
  })

  test('set forward by a day while running: tokens of before are over, rules are confirmed anew before anything is answered', async () => {
    const before = mesh.token()
    expect(await asked(before)).toEqual(rows)
    mesh.clock.step(day)
    // Control may have been asked between the step and this: never is an answer given to the old token.
    expect(['policy.stale', 'identity.expired']).toContain(await asked(before))
    await mesh.becomes('ready')
    expect(await asked(before)).toBe('identity.expired')
    expect(await asked()).toEqual(rows)
  })

  test('set back by an hour while running: nothing is answered until control confirms the rules at the new time', async () => {
    const before = mesh.token()
    expect(await asked(before)).toEqual(rows)
    await mesh.control!.stop('SIGKILL')
    mesh.clock.step(-3_600)
    expect(await asked()).toBe('policy.stale')
    await restartGate('policy.stale')
    expect(await asked()).toBe('policy.stale')
    await mesh.startControl()
    await mesh.becomes('ready')
    expect(await asked(before)).toBe('identity.not_yet')
    expect(await asked()).toEqual(rows)
  })

  test('entries stand in the order in which they were made, whatever the clock said, and the log verifies', async () => {
    const first = await mesh.ask(sql)
    mesh.clock.step(-3_600)
    await mesh.becomes('ready')
    const later = await mesh.ask(sql)
    mesh.clock.step(3_600)
    expect(later.body.receipt.index).toBeGreaterThan(first.body.receipt.index)
    const read = await entries(first.body.receipt.index)
    const at = (told: typeof first): Entry => read[told.body.receipt.index - first.body.receipt.index]!
    expect([at(first).event, at(later).event]).toEqual(['released', 'released'])
    expect(at(later).time).toBeLessThan(at(first).time)
    expect(await verifyLog(directoryReader(mesh.auditDir), { key: mesh.verifierKey })).toMatchObject({ ok: true })
  })

  test('stopped, and started again a week later on the same state: the same answers, and the log goes on', async () => {
    const last = await mesh.ask(sql)
    await Promise.all([mesh.gate!.stop(), mesh.control!.stop()])
    mesh.clock.step(7 * day)
    await mesh.startGate()
    await mesh.becomes('policy.stale')
    expect(await asked()).toBe('policy.stale')
    await mesh.startControl()
    await mesh.becomes('ready')
    const told = await mesh.ask(sql)
    expect(told.body.rows).toEqual(rows)
    expect(told.body.receipt.index).toBeGreaterThan(last.body.receipt.index)
    expect(await verifyLog(directoryReader(mesh.auditDir), { key: mesh.verifierKey })).toMatchObject({ ok: true })
  })

  test('rules that expired are signed anew, and the gate answers without a restart', async () => {
    mesh.clock.step(91 * day)
    expect(await asked()).toMatch(/^policy\.(?:expired|stale)$/)
    await mesh.putCentre(mesh.centreBundle({ version: 4 }))
    expect((await mesh.putDomain(mesh.domainBundle({ version: 4 }))).status).toBe(200)
    await mesh.becomes('ready')
    expect(await asked()).toEqual(rows)
  })
})
