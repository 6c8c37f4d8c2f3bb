import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BundleFile } from '@selvage/bundle'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { audienceOfStream, eventClaims, signEvent } from '../../../packages/identity/src/testing/event.ts'
import { testKey } from '../../../packages/identity/src/testing/token.ts'
import { bare, type Told } from '../door/door.ts'
import { type Entry, entriesIn } from '../door/entries.ts'
import { isSkipped } from './clock.ts'
import { endless } from './cursor.ts'
import { Holder, type OpenedSession } from './session-holder.ts'
import { SmallMesh } from './small-mesh.ts'
import { domainFiles, signallingFiles } from './small-tree.ts'

vi.setConfig({ testTimeout: 60_000 })

const rows = 'SELECT id FROM lab.shop.orders'
const none = `svg_session_${'A'.repeat(43)}`
/** Milliseconds in which rows end; the rest is for a busy machine, to see it. */
const within = 1_000 + 1_500

let mesh: SmallMesh
let ana: Holder

const bearer = (more: object = {}): Record<string, string> => ({ authorization: `Bearer ${mesh.token({ ...more })}` })
const openBearer = async (more: object = {}): Promise<OpenedSession> =>
  (await mesh.door.call('/v1/sessions', { body: { purpose: 'analytics' }, headers: bearer(more) })).body as unknown as OpenedSession
const codeOf = async (told: Promise<Told>): Promise<string> => {
  const { status, body } = await told
  return status < 300 ? 'taken' : body.code
}
const sql = (body: object, headers: Record<string, string>): Promise<Told> =>
  mesh.door.call('/v1/sql', { body: { sql: rows, ...body }, headers })

describe('a session', () => {
  beforeAll(async () => {
    const engine = { children: 3, memoryMb: 128, threads: 1, timeoutMs: 120_000, result: { rows: 100_000_000 } }
    const signals = { staff: { authorization: { env: 'TRANSMITTER' } } }
    mesh = await SmallMesh.ready({
      gate: { engine, signals, sessions: { perSubject: 4, inAll: 32 } },
      files: signallingFiles('push', { audience: audienceOfStream }),
      environment: () => ({ TRANSMITTER: 'Bearer transmitter' }),
    })
  }, 60_000)
  beforeEach(() => {
    ana = new Holder(mesh, { sub: crypto.randomUUID() })
  })
  afterAll(() => mesh?.close())

  test('is opened with a token, and asks by its handle and the same key, for its purpose alone', async () => {
    const told = await ana.open({ purpose: 'analytics', reason: 'CANARY-reason', seconds: 600 })
    expect([told.status, told.headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(told.body).toMatchObject({ purpose: 'analytics', proof: 'dpop', device: 'unknown', actors: [] })
    const { session, expires } = told.body as unknown as OpenedSession
    expect(Date.parse(expires) - Date.now()).toBeGreaterThan(590_000)
    expect((await ana.ask(session, rows)).body.rows).toEqual([['1'], ['2'], ['3']])
    expect((await ana.call(session, 'POST', '/v1/why', { sql: rows })).body).toMatchObject({ purpose: 'analytics' })
    expect(await codeOf(ana.call(session, 'GET', '/v1/products'))).toBe('taken')
    // With a live token of the same key, too.
    expect(await codeOf(ana.call(ana.token(), 'POST', '/v1/sql', { sql: rows, session }))).toBe('taken')
    expect(await codeOf(ana.call(session, 'POST', '/v1/sql', { sql: rows, session }))).toBe('taken')
    expect((await ana.call(session, 'GET', '/v1/whoami')).body).toMatchObject({
      session: { purpose: 'analytics', reason: 'CANARY-reason', expires },
    })
    expect(await codeOf(ana.call(session, 'POST', '/v1/sql', { sql: rows, purpose: 'support' }))).toBe('request.malformed')
    const kept = readdirSync(mesh.dir, { recursive: true, withFileTypes: true }).filter(found => found.isFile())
    const bytes = [mesh.output, ...kept.map(found => textOf(join(found.parentPath, found.name)))]
    for (const secret of [session, session.slice(12), 'CANARY-reason']) expect(bytes.filter(text => text.includes(secret))).toEqual([])
  })

  test('of a bearer is worth nothing without a live token of the same subject', async () => {
    const { session, proof } = await openBearer({ sub: 'bea' })
    expect(proof).toBe('bearer')
    expect(await codeOf(sql({ session }, bearer({ sub: 'bea' })))).toBe('taken')
    expect(await codeOf(sql({ session }, bearer({ sub: 'bob' })))).toBe('identity.session')
    expect(await codeOf(sql({}, { authorization: `Bearer ${session}` }))).toBe('identity.proof')
    const whoami = (body: object, headers: Readonly<Record<string, string>>): Promise<Told> =>
      mesh.door.call('/v1/whoami', { body, headers })
    expect((await whoami({ session }, bearer({ sub: 'bea' }))).body).toMatchObject({
      subject: { id: 'staff/bea' },
      session: { purpose: 'analytics' },
    })
    expect(await codeOf(whoami({ session }, bearer({ sub: 'bob' })))).toBe('identity.session')
    expect(await codeOf(whoami({ session: `svg_session_${'A'.repeat(43)}` }, bearer({ sub: 'bea' })))).toBe('identity.session')
    expect(await codeOf(whoami({ session }, {}))).toMatch(/^identity\./)
    for (const odd of [{}, { session: 1 }, { session, purpose: 'analytics' }])
      expect(await codeOf(whoami(odd, bearer({ sub: 'bea' })))).toBe('request.malformed')
    expect(await codeOf(ana.ask(session, rows))).toBe('identity.session')
    expect(await codeOf(mesh.door.call(`/v1/sessions/${session}`, { method: 'DELETE', headers: bearer({ sub: 'bea' }) }))).toBe('taken')
    expect(await codeOf(sql({ session }, bearer({ sub: 'bea' })))).toBe('identity.session')
  })

  test('of somebody else reads as one that never was', async () => {
    const { session } = await ana.session()
    const thief = new Holder(mesh, { sub: 'thief' }, testKey('thief'))
    const both = async (ask: (handle: string) => Promise<Told>): Promise<void> => {
      const [its, missing] = [await ask(session), await ask(none)]
      expect(its.body.code).toBe('identity.session')
      expect(bare(its)).toEqual(bare(missing))
    }
    await both(handle => thief.ask(handle, rows))
    await both(handle => thief.call(thief.token(), 'POST', '/v1/sql', { sql: rows, session: handle }))
    await both(handle => thief.call(handle, 'DELETE', '/v1/sessions/current'))
    await both(handle => sql({ session: handle }, bearer({ sub: 'thief' })))
    await both(handle => mesh.door.call(`/v1/sessions/${handle}`, { method: 'DELETE', headers: bearer({ sub: 'thief' }) }))
    // Another client, an agent for the same person, and the person without the key.
    await both(async handle => ana.call(ana.token({ client_id: 'other' }), 'POST', '/v1/sql', { sql: rows, session: handle }))
    await both(async handle => ana.call(ana.token({ act: { sub: 'bot' } }), 'POST', '/v1/sql', { sql: rows, session: handle }))
    const plain = ana.token({ cnf: undefined })
    await both(handle => sql({ session: handle }, { authorization: `Bearer ${plain}` }))
    expect(await codeOf(ana.ask(session, rows))).toBe('taken')
  })

  test('is worth nothing with a proof that is missing, another’s, used or for something else', async () => {
    const { session } = await ana.session()
    const good = await ana.headers(session, 'POST', '/v1/sql')
    expect(await codeOf(sql({}, { ...good }))).toBe('taken')
    const refused = [
      { ...good },
      { authorization: `DPoP ${session}` },
      { authorization: `Bearer ${session}` },
      { ...(await ana.headers(session, 'POST', '/v1/sql')), authorization: `Bearer ${session}` },
      { ...(await ana.headers(none, 'POST', '/v1/sql')), authorization: `DPoP ${session}` },
      { ...(await ana.headers(ana.token(), 'POST', '/v1/sql')), authorization: `DPoP ${session}` },
      await ana.headers(session, 'GET', '/v1/sql'),
      await ana.headers(session, 'POST', '/v1/why'),
      await ana.headers(session, 'POST', '/v1/sql', { iat: Math.floor(Date.now() / 1_000) - 120 }),
    ]
    for (const headers of refused) expect(await codeOf(sql({}, headers))).toBe('identity.proof')
    expect(await codeOf(sql({}, await ana.headers(session, 'POST', '/v1/sql', { nonce: 'mine' })))).toBe('identity.nonce')
  })

  test('is named by nothing but its handle', async () => {
    const { session } = await ana.session()
    const odd = [
      '',
      'current',
      '__proto__',
      'constructor',
      session.toUpperCase(),
      `${session} `,
      `${session}\n`,
      session.slice(0, -1),
      `${session}A`,
    ]
    for (const handle of [...odd, '\u202e'.repeat(9), 'x'.repeat(100_000)])
      expect(await codeOf(ana.call(ana.token(), 'POST', '/v1/sql', { sql: rows, session: handle }))).toBe('identity.session')
    for (const handle of [7, null, [session], { session }, '\ud800'])
      expect(await codeOf(ana.call(ana.token(), 'POST', '/v1/sql', { sql: rows, session: handle }))).toBe('request.malformed')
    expect(await codeOf(sql({ session, purpose: 'analytics' }, bearer()))).not.toBe('taken')
    for (const body of [
      { purpose: 7 },
      { purpose: 'analytics', seconds: 0 },
      { purpose: 'analytics', seconds: 1e9 },
      { purpose: 'analytics', more: 1 },
      { purpose: 'analytics', reason: '\ud800' },
    ])
      expect(await codeOf(ana.open(body))).toBe('request.malformed')
  })

  test('is for a purpose that may be declared, and opens no other session', async () => {
    expect(await codeOf(ana.open({}))).toBe('purpose.missing')
    expect(await codeOf(ana.open({ purpose: 'curiosity' }))).toBe('purpose.unknown')
    expect(await codeOf(ana.open({ purpose: 'marketing' }))).toBe('purpose.not_permitted')
    expect(
      await codeOf(mesh.door.call('/v1/sessions', { body: { purpose: 'analytics' }, headers: bearer({ sub: 'bot', client_id: 'bot' }) })),
    ).toBe('identity.agent_alone')
    const { session } = await ana.session()
    expect(await codeOf(ana.call(session, 'POST', '/v1/sessions', { purpose: 'analytics' }))).toBe('identity.missing')
  })

  test('is one of so many that a subject may have, and makes room when it ends', async () => {
    const { session } = await ana.session({ purpose: 'analytics' })
    for (let i = 0; i < 3; i += 1) await ana.session()
    const full = await ana.open()
    expect([full.status, full.body.code]).toEqual([429, 'limit.share'])
    expect(await codeOf(openedBy(new Holder(mesh, { sub: 'other' })))).toBe('taken')
    expect(await codeOf(ana.call(session, 'DELETE', '/v1/sessions/current'))).toBe('taken')
    expect(await codeOf(ana.open())).toBe('taken')
    expect(await codeOf(ana.call(session, 'DELETE', '/v1/sessions/current'))).toBe('identity.session')
  })
  const openedBy = (holder: Holder): Promise<Told> => holder.open()

  test('stands in the log when it opens, in what runs in it, and when it ends', async () => {
    const { session, receipt } = await ana.session({ purpose: 'support' })
    await ana.ask(session, 'SELECT 1')
    await ana.call(session, 'DELETE', '/v1/sessions/current')
    const entries = await entriesIn(mesh.auditDir, receipt.index, 4)
    const { session: id, actor } = entries[0]!
    const told = entries.filter(entry => entry.session === id).map(({ event, state, purpose }) => ({ event, state, purpose }))
    expect(told).toEqual([
      { event: 'session', state: 'opened', purpose: 'support' },
      { event: 'released', state: undefined, purpose: 'support' },
      { event: 'ended', state: undefined, purpose: undefined },
      { event: 'session', state: 'ended', purpose: 'support' },
    ])
    expect([actor, id]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)])
  })

  test('ends with what runs in it when it is ended, and when it expires; both are entered', async () => {
    const { session } = await ana.session()
    const cursor = await ana.cursor(session, endless)
    await expect.poll(() => cursor.bytes, { timeout: 20_000 }).toBeGreaterThan(100_000)
    const since = performance.now()
    await ana.call(ana.token(), 'DELETE', `/v1/sessions/${session}`)
    expect((await cursor.over) - since).toBeLessThan(within)
    expect((await cursor.trailer()).error?.code).toBe('identity.session')
    const short = await ana.session({ purpose: 'analytics', seconds: 2 })
    const other = await ana.cursor(short.session, endless)
    const over = await other.over.then(() => Date.now())
    expect(over - Date.parse(short.expires)).toBeLessThan(within)
    expect((await other.trailer()).error?.code).toBe('identity.session')
    expect(await codeOf(ana.ask(short.session, rows))).toBe('identity.session')
    await expect.poll(() => endsSince(short), { timeout: 20_000 }).toEqual(['identity.session'])
  })

  test('ends with what runs in it when its subject is revoked, whoever acts for it', async () => {
    const person = crypto.randomUUID()
    const [own, agent] = [new Holder(mesh, { sub: person }), new Holder(mesh, { sub: person, act: { sub: 'bot', roles: ['analyst'] } })]
    const opened = [await own.session(), await agent.session()]
    // What an agent proves says nothing of its person; its key is asked for all the same.
    expect(opened.map(({ proof }) => proof)).toEqual(['dpop', 'bearer'])
    const cursor = await agent.cursor(opened[1]!.session, endless)
    await expect.poll(() => cursor.bytes, { timeout: 20_000 }).toBeGreaterThan(100_000)
    const since = performance.now()
    expect((await revoke(person)).status).toBe(202)
    expect((await cursor.over) - since).toBeLessThan(within)
    for (const [i, holder] of [own, agent].entries()) {
      await expect.poll(() => codeOf(holder.ask(opened[i]!.session, rows)), { timeout: 20_000 }).toBe('identity.session')
      await expect.poll(() => endsSince(opened[i]!), { timeout: 20_000 }).toEqual(['identity.revoked'])
    }
  })
})

/** Said by the issuer, of a subject. */
const revoke = (sub: string): Promise<Told> =>
  mesh.door.call('/v1/signals/staff', {
    body: signEvent(
      eventClaims(mesh.issuer.url, Date.now(), { jti: crypto.randomUUID(), sub_id: { format: 'iss_sub', iss: mesh.issuer.url, sub } }),
      mesh.key,
    ),
    headers: { authorization: 'Bearer transmitter', 'content-type': 'application/secevent+jwt' },
  })

async function endsSince({ receipt }: OpenedSession): Promise<(string | undefined)[]> {
  const entries: readonly Entry[] = await entriesIn(mesh.auditDir, receipt.index)
  const { session } = entries[0]!
  return entries.filter(entry => entry.event === 'session' && entry.session === session && entry.state === 'ended').map(({ code }) => code)
}

describe.skipIf(isSkipped)('a session outlives its token', () => {
  let version = 3
  const put = async (files: readonly BundleFile[]): Promise<void> => {
    version += 1
    const { status, text } = await mesh.putDomain(mesh.domainBundle({ version, files }))
    if (status !== 200) throw new Error(text)
  }
  const changed = (from: string, to: string): readonly BundleFile[] =>
    domainFiles.map(file => ({ ...file, text: file.text.replace(from, to) }))

  beforeAll(async () => {
    const engine = { children: 3, memoryMb: 128, threads: 1, timeoutMs: 120_000, result: { rows: 100_000_000 } }
    mesh = await SmallMesh.ready({ stepped: true, gate: { engine, maxFreshnessAge: 86_400, sessions: { seconds: 3_600 } } })
  }, 60_000)
  beforeEach(async () => {
    await put(domainFiles)
    ana = new Holder(mesh, { sub: crypto.randomUUID() })
  })
  afterAll(() => mesh?.close())

  /** Rows that run while something changes, in a session of a key; how both ended. */
  async function endOf(
    change: () => Promise<unknown> | undefined,
  ): Promise<{ ms: number; code: string | undefined; entered: OpenedSession }> {
    const opened = await ana.session()
    const cursor = await ana.cursor(opened.session, endless)
    await expect.poll(() => cursor.bytes, { timeout: 20_000 }).toBeGreaterThan(100_000)
    await change()
    const since = performance.now()
    const ms = (await cursor.over) - since
    ana.renew()
    await isOver(opened.session)
    return { ms, code: (await cursor.trailer()).error?.code, entered: opened }
  }

  /** Whatever it is refused with first, it does not come back. */
  const isOver = (handle: string): Promise<void> =>
    expect.poll(() => codeOf(ana.ask(handle, rows)), { timeout: 20_000 }).toBe('identity.session')

  test('and not itself', async () => {
    const { session } = await ana.session()
    const { session: ofBearer } = await openBearer({ sub: 'bea' })
    const cursor = await ana.cursor(session, endless)
    mesh.clock.step(700)
    ana.renew()
    expect(await codeOf(ana.ask(session, rows))).toBe('taken')
    expect(await codeOf(sql({ session: ofBearer }, bearer({ sub: 'bea' })))).toBe('taken')
    await new Promise(resolve => setTimeout(resolve, 600))
    const { bytes } = cursor
    await expect.poll(() => cursor.bytes, { timeout: 20_000 }).toBeGreaterThan(bytes)
    mesh.clock.step(3_000)
    expect((await cursor.trailer()).error?.code).toBe('identity.session')
    ana.renew()
    expect(await codeOf(ana.ask(session, rows))).toBe('identity.session')
    cursor.leave()
  })

  test('but not the clock of its gate', async () => {
    const { session } = await ana.session()
    mesh.clock.step(-60)
    await mesh.becomes('ready')
    ana.renew()
    expect(await codeOf(ana.ask(session, rows))).toBe('identity.session')
    mesh.clock.step(60)
  })

  test('nor the trust that its domain has in the issuer', async () => {
    const { ms, code, entered } = await endOf(() => put(changed('${STAFF_ISSUER}', 'https://other.example')))
    expect(ms).toBeLessThan(within)
    expect(['identity.issuer', 'identity.session']).toContain(code)
    await expect.poll(() => endsSince(entered), { timeout: 20_000 }).toEqual(['identity.issuer'])
  })

  test('nor what its roles are mapped to, nor who may declare its purpose', async () => {
    const unmapped = await endOf(() => put(changed('roles: { analyst: analyst }', 'roles: { boss: analyst }')))
    expect(unmapped.ms).toBeLessThan(within)
    // By what it shows, or with its session, whichever is looked at first.
    expect(['query.unknown_table', 'identity.session']).toContain(unmapped.code)
    await put(domainFiles)
    const undeclared = await endOf(() => put(changed('purposes: [analytics, support]', 'purposes: [support]')))
    expect(['query.unknown_table', 'purpose.not_permitted', 'identity.session']).toContain(undeclared.code)
    await expect.poll(() => endsSince(undeclared.entered), { timeout: 20_000 }).toEqual(['purpose.not_permitted'])
  })

  describe('nor the key that signed its token', () => {
    const next = testKey('k2')
    const replaceKeys = (): void => {
      mesh.issuer.keys = response => void response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [next.jwk] }))
    }
    const askWithNext = async (): Promise<void> => expect(await codeOf(mesh.ask(rows, { token: mesh.token({}, next) }))).toBe('taken')
    beforeEach(async () => {
      const { keys } = mesh.issuer
      // Looks at an issuer are few in a minute.
      mesh.clock.step(61)
      return async () => {
        mesh.issuer.keys = keys
        mesh.clock.step(61)
        expect(await codeOf(mesh.ask(rows))).toBe('taken')
      }
    })

    test.each<[string, () => Promise<unknown> | undefined]>([
      ['a token of the next one comes', askWithNext],
      ['nobody comes', async () => mesh.clock.step(11 * 60)],
    ])('where %s', async (_, happens) => {
      // Both have been looked at before anything changes.
      const { ms, code, entered } = await endOf(async () => {
        await new Promise(resolve => setTimeout(resolve, 800))
        replaceKeys()
        await happens()
      })
      expect(ms).toBeLessThan(within)
      expect(['identity.signature', 'identity.session']).toContain(code)
      await expect.poll(() => endsSince(entered), { timeout: 20_000 }).toEqual(['identity.signature'])
    })
  })
})

/** Empty where it is gone meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

test.skipIf(isSkipped)('sessions end with their gate', async () => {
  const own = await SmallMesh.ready()
  try {
    const holder = new Holder(own)
    const { session } = await holder.session()
    await own.gate!.stop()
    await own.startGate()
    await own.becomes('ready')
    holder.renew()
    expect(await codeOf(holder.ask(session, rows))).toBe('identity.session')
  } finally {
    await own.close()
  }
})
