import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { maxBundleLength } from '@selvage/bundle'
import { type Code, errorTable } from '@selvage/kernel/model'
import { verifyLog } from '@selvage/ledger'
import { directoryReader, readEntries } from '@selvage/ledger/io'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { signRecord } from '../../../packages/identity/src/testing/device-record.ts'
import { audienceOfStream, eventClaims, signEvent, ssf } from '../../../packages/identity/src/testing/event.ts'
import { athOf, jktOf, signProof } from '../../../packages/identity/src/testing/proof.ts'
import { headerOf, signTexts, testKey } from '../../../packages/identity/src/testing/token.ts'
import { root } from '../../dev-mesh.ts'
import { childOf } from '../../faults/parts.ts'
import type { Call, Told } from '../door/door.ts'
import { openSlowControl, patterned, withPlantedEngine } from './planted-control.ts'
import { breaks, openPlanted } from './planted-gate.ts'
import { SmallMesh } from './small-mesh.ts'
import { domainFiles, signallingFiles } from './small-tree.ts'

vi.setConfig({ testTimeout: 120_000 })

let mesh: SmallMesh
/** Has no rules, until a test gives it some. */
let bare: SmallMesh
let wordless: Awaited<ReturnType<typeof openSlowControl>>
let planted: Awaited<ReturnType<typeof openPlanted>>

const rows = 'SELECT id FROM lab.shop.orders'
const ask = (sql: string, more?: Parameters<SmallMesh['ask']>[1]): Promise<Told> => mesh.ask(sql, more)
const call = (path: string, more: Call = {}): Promise<Told> =>
  mesh.door.call(path, {
    body: { sql: rows, purpose: 'analytics' },
    ...more,
    headers: { authorization: `Bearer ${mesh.token()}`, ...more.headers },
  })
const withToken = (change: Readonly<Record<string, unknown>>): Promise<Told> => ask(rows, { token: mesh.token(change) })
/** Of a gate that knows no directory, by one who may ask. */
async function askWhoCan(): Promise<Told> {
  const audit = 'permit (principal, action == Mesh::Action::"audit", resource in Mesh::Product::"lab.shop");'
  const files = [...domainFiles, { path: 'domains/lab/policies/audit.cedar', text: `@id("lab/audit")\n${audit}\n` }]
  const { status, text } = await mesh.putDomain(mesh.domainBundle({ version: 4, files }))
  if (status !== 200) throw new Error(text)
  return call('/v1/who-can', { body: { resource: 'lab.shop.orders' } })
}
const observed = () => ({ iss: 'mdm', sub: 'laptop', iat: seconds(), cnf: { jkt: jktOf(boundTo) }, signals: { managed: true } })
const sendRecord = (body: string): Promise<Told> => call('/v1/devices', { body, headers: { 'content-type': 'application/jwt' } })
const boundTo = testKey('proof')
/** By whoever holds the token's key, and has never been here. */
function askBound(token: string): Promise<Told> {
  const proof = signProof({ jti: 'one', htm: 'POST', htu: `${mesh.door.url}/v1/sql`, iat: seconds(), ath: athOf(token) }, boundTo)
  return call('/v1/sql', { headers: { authorization: `DPoP ${token}`, dpop: proof } })
}
const seconds = (): number => Math.floor(Date.now() / 1_000)
const soon = (): string => new Date(Date.now() + 1_500).toISOString()
const past = (): string => new Date(Date.now() - 1_000).toISOString()

/** How each code of the table is brought about at a running gate, over HTTP. A code without a way here does not compile. */
const told: Readonly<Record<Exclude<Code, keyof typeof elsewhere | keyof typeof refusedEvents>, () => Promise<Told>>> = {
  'request.malformed': () => call('/v1/sql', { body: '{"sql":', headers: { 'content-type': 'application/json' } }),
  'request.header': () => call('/v1/sql', { headers: { authorization: 'Basic YTpi' } }),
  'request.host': () => rawTold('GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
  'request.origin': () => call('/v1/sql', { headers: { origin: 'http://evil.example' } }),
  'request.not_found': () => call('/v2/sql'),
  'request.method': () => call('/v1/sql', { method: 'DELETE' }),
  'request.too_large': () => ask(`SELECT '${'x'.repeat(70_000)}'`),
  'request.header_too_large': () => rawTold(`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`),
  'request.media_type': () => call('/v1/sql', { headers: { accept: 'text/csv' } }),
  'identity.missing': () => mesh.door.call('/v1/sql', { body: { sql: rows } }),
  'identity.malformed': () => ask(rows, { token: signTexts(headerOf(mesh.key, { typ: 'JWT' }), JSON.stringify(mesh.claims()), mesh.key) }),
  'identity.issuer': () => withToken({ iss: 'http://127.0.0.1:7' }),
  'identity.signature': () => ask(rows, { token: mesh.token({}, testKey('k1')) }),
  'identity.audience': () => withToken({ aud: 'selvage:other' }),
  'identity.expired': () => withToken({ iat: seconds() - 700, exp: seconds() - 100 }),
  'identity.not_yet': () => withToken({ iat: seconds() + 60 }),
  'identity.claims': () => withToken({ sub: 7 }),
  'identity.keys': () => withToken({ iss: 'http://127.0.0.1:9' }),
  'identity.exchange': () => withToken({ iss: 'https://ci.example.org' }),
  'identity.overage': () => withToken({ _claim_names: { groups: 'src1' } }),
  'identity.proof': () => withToken({ cnf: { jkt: jktOf(boundTo) } }),
  'identity.nonce': () => askBound(mesh.token({ cnf: { jkt: jktOf(boundTo) } })),
  'identity.revoked': async () => {
    const before = mesh.token({ sub: 'leaver' })
    await push(signEvent(eventClaims(mesh.issuer.url, Date.now(), { sub_id: { format: 'opaque', id: 'leaver' } }), mesh.key))
    return ask(rows, { token: before })
  },
  'identity.session': () => ask(rows, { more: { session: 'none', purpose: undefined } }),
  'identity.agent_alone': () => withToken({ sub: 'bot', client_id: 'bot' }),
  'device.malformed': () => sendRecord('x.y.z'),
  'device.source': () => sendRecord(signRecord({ ...observed(), iss: 'mine' }, boundTo)),
  'device.signature': () => sendRecord(signRecord(observed(), mesh.key)),
  'device.claims': () => sendRecord(signRecord({ ...observed(), cnf: {} }, mesh.devices)),
  'purpose.missing': () => call('/v1/sql', { body: { sql: rows } }),
  'purpose.unknown': () => ask(rows, { purpose: 'curiosity' }),
  'purpose.not_permitted': () => ask(rows, { purpose: 'marketing' }),
  'policy.denied': () => ask(rows, { purpose: 'support' }),
  'policy.missing': () => bare.ask(rows),
  'policy.signature': () => mesh.putDomain(mesh.domainBundle({ version: 4 }, mesh.keys.stranger)),
  'policy.version': () => mesh.putDomain(mesh.domainBundle({ version: 2 })),
  'policy.parent': () => mesh.putDomain(mesh.domainBundle({ version: 4, parent: 'a'.repeat(64), ancestors: [] })),
  'policy.too_large': () => mesh.putDomain(' '.repeat(maxBundleLength + 1)),
  'policy.bundle_expired': () => mesh.putDomain(mesh.domainBundle({ version: 4, expires: past() })),
  'policy.invalid': () => mesh.putDomain(mesh.domainBundle({ version: 4, files: [] })),
  'policy.expired': async () => {
    await bare.putDomain(bare.domainBundle({ expires: soon() }))
    await bare.becomes('policy.expired')
    return bare.ask(rows)
  },
  // What stands for control there has not confirmed the rules of late.
  'policy.stale': async () => {
    await bare.putDomain(bare.domainBundle({ version: 5 }))
    await bare.becomes('policy.stale')
    return bare.ask(rows)
  },
  'directory.unavailable': () => askWhoCan(),
  'policy.engines': () => bare.putDomain(bare.domainBundle({ version: 6, files: [...domainFiles, patterned] })),
  'query.syntax': () => ask('SELEC 1'),
  'query.unsupported': () => ask('DELETE FROM lab.shop.orders'),
  'query.unknown_table': () => ask('SELECT 1 FROM lab.shop.nothing'),
  'query.unknown_column': () => ask('SELECT nothing FROM lab.shop.orders'),
  'query.type': () => ask("SELECT id + DATE '2026-01-01' + 'x'::BLOB FROM lab.shop.orders"),
  'query.parameters': () => ask('SELECT $1', { more: { parameters: [] } }),
  'query.data': () => ask('SELECT country::INTEGER FROM lab.shop.orders'),
  'limit.time': () => ask('SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 9'),
  'limit.memory': () => ask('SELECT list(range) FROM range(200000000)'),
  'limit.rows': () => ask("SELECT repeat('x', 1000) FROM range(1000)"),
  'limit.share': async () => {
    const all = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(i => ask(`SELECT sum(a.range * b.range) + ${i} FROM range(3000) a, range(10000) b`)),
    )
    return all.find(answer => answer.status !== 200) ?? all[0]!
  },
  'limit.busy': async () => {
    const held = await Promise.all([0, 1, 2, 3].map(hold))
    const refused = await untilRefused(() => mesh.putDomain(mesh.domainBundle()))
    for (const socket of held) socket.destroy()
    return refused
  },
  'engine.unavailable': async () => {
    let over = false
    const answer = ask('SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range * b.range = 11').finally(() => {
      over = true
    })
    while (!over) {
      await new Promise(resolve => setTimeout(resolve, 100))
      const engine = childOf(mesh.gate!.process.pid, 'engine')
      if (engine !== undefined && !over) process.kill(engine, 'SIGKILL')
    }
    return answer
  },
  'engine.product_unavailable': () => ask('SELECT 1 FROM lab.broken.readings'),
  'engine.refused': () => askPlanted('SELECT customer_id FROM shop.crm.customer'),
  'internal.fault': () => askPlanted(`SELECT '${breaks}' FROM shop.crm.customer`),
  // The last, as it ends the gate. The log's tiles cannot be written any more: their folder is a file.
  'ledger.unavailable': async () => {
    renameSync(tiles(), `${tiles()}.away`)
    writeFileSync(tiles(), '')
    return untilRefused(() => ask(rows))
  },
}

/** An event that is pushed. */
const push = (body: string, authorization = 'Bearer transmitter'): Promise<Told> =>
  mesh.door.call('/v1/signals/staff', { body, headers: { authorization, 'content-type': 'application/secevent+jwt' } })
const pushed = (change: object, key = mesh.key): Promise<Told> =>
  push(signEvent(eventClaims(mesh.issuer.url, Date.now(), { jti: crypto.randomUUID(), ...change }), key))

/** Told to a transmitter in the words of RFC 8935. */
const refusedEvents = {
  'signal.sender': ['authentication_failed', () => push('', 'Bearer other')],
  'signal.malformed': ['invalid_request', () => push('a.b.c')],
  'signal.issuer': ['invalid_issuer', () => pushed({ iss: 'https://other.example' })],
  'signal.audience': ['invalid_audience', () => pushed({ aud: 'https://other.example' })],
  'signal.signature': ['invalid_key', () => pushed({}, testKey('k1'))],
  'signal.claims': ['invalid_request', () => pushed({ sub: 'ana' })],
  'signal.state': ['invalid_state', () => pushed({ events: { [`${ssf}verification`]: { state: 'nobody-asked' } } })],
} as const satisfies Readonly<Partial<Record<Code, readonly [string, () => Promise<Told>]>>>

/** Told to nobody over HTTP: whoever would be told has gone, or there is only the operator. */
const elsewhere = {
  'engine.cancelled': async (): Promise<unknown> => {
    const gone = new AbortController()
    const response = await fetch(`${mesh.door.url}/v1/sql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${mesh.token()}`, 'content-type': 'application/json', accept: 'application/x-ndjson' },
      body: JSON.stringify({ sql: 'SELECT i FROM range(2000000000) t(i)', purpose: 'analytics' }),
      signal: gone.signal,
    })
    await response.body!.getReader().read()
    gone.abort()
    return expect.poll(() => lastEnded(), { timeout: 10_000 }).toBe('engine.cancelled')
  },
  'contract.data': async (): Promise<unknown> => expect(publishFailures()).toContain('contract.data'),
} as const

describe('every code of the table', () => {
  beforeAll(async () => {
    const gate = {
      engine: { children: 1, memoryMb: 64, tempMb: 0, timeoutMs: 2_500, perSubject: { running: 1, waiting: 2 } },
      limits: { documentBytes: 100_000 },
      signals: { staff: { authorization: { env: 'TRANSMITTER' } } },
    }
    const files = signallingFiles('push', { audience: audienceOfStream })
    mesh = await SmallMesh.ready({ gate, files, environment: () => ({ TRANSMITTER: 'Bearer transmitter' }) })
    wordless = await openSlowControl(() => bare)
    bare = await SmallMesh.open({ control: wordless.url, gate: { maxFreshnessAge: 60 }, environment: withPlantedEngine })
    await bare.startGate()
    planted = await openPlanted()
  })
  afterAll(async () => {
    await mesh?.close()
    await bare?.close()
    wordless?.server.close()
    await planted?.close()
  })

  test.each(Object.entries(elsewhere))('%s is recorded', async (_code, raise) => {
    await raise()
  })

  test.each(Object.entries(refusedEvents))('%s is told as RFC 8935 has it', async (code, [err, raise]) => {
    const { status, headers, body } = await raise()
    const { http, title } = errorTable[code as Code]
    expect({ status, body }).toEqual({ status: http, body: { err, description: title } })
    expect(headers.get('content-type')).toMatch(/^application\/json(?:; charset=utf-8)?$/)
    expect([headers.get('cache-control'), headers.has('www-authenticate')]).toEqual(['no-store', status === 401])
    await expect.poll(() => mesh.output.includes(`"${code}"`)).toBe(true)
  })

  test.each(Object.entries(told))('%s is told over HTTP as the table has it', async (code, raise) => {
    const { status, headers, body } = await raise()
    const row = errorTable[code as Code]
    expect({ code: body?.code, status }).toEqual({ code, status: row.http })
    expect(body).toMatchObject({ type: `urn:selvage:error:${code}`, title: row.title, status })
    expect(JSON.stringify(body)).not.toContain('CANARY')
    expect(headers.get('retry-after')).toBe(row.retry ? '1' : null)
    expect(headers.has('www-authenticate')).toBe(status === 401)
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json(?:; charset=utf-8)?$/)
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('after all of them the gate answers again, once its log can be written', async () => {
    await mesh.gate!.stop()
    expect(mesh.output.includes('"ledger.fatal"')).toBe(true)
    rmSync(tiles())
    renameSync(`${tiles()}.away`, tiles())
    await mesh.startGate()
    await mesh.becomes('ready')
    expect((await ask(rows)).status).toBe(200)
    expect(await verifyLog(directoryReader(mesh.auditDir), { key: mesh.verifierKey })).toMatchObject({ ok: true })
  })

  test('docs/errors.md is what the table gives', () => {
    expect(() => execFileSync(process.execPath, [join(root, 'scripts', 'errors-doc.mjs'), '--check'], { stdio: 'pipe' })).not.toThrow()
  })
})

const askPlanted = (sql: string): Promise<Told> =>
  planted.door.call('/v1/sql', { body: { sql, purpose: 'analytics' }, headers: { authorization: 'Bearer party' } })

async function untilRefused(attempt: () => Promise<Told>): Promise<Told> {
  for (let i = 0; i < 200; i += 1) {
    const answer = await attempt()
    if (answer.status >= 500) return answer
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  throw new Error('never refused')
}

/** Sends a part of a bundle, and waits. */
const hold = (): Promise<Socket> =>
  new Promise(resolve => {
    const { host, hostname, port } = new URL(mesh.door.url)
    const socket = connect(Number(port), hostname, () => {
      socket.write(`PUT /v1/bundles/domain HTTP/1.1\r\nhost: ${host}\r\ncontent-type: text/plain\r\ncontent-length: 1000\r\n\r\n{`)
      resolve(socket)
    })
    socket.on('error', () => undefined)
  })

async function rawTold(bytes: string): Promise<Told> {
  const { status, text, body } = await mesh.door.raw(bytes)
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1)
  const headers = new Headers(lines.map(line => line.split(': ') as [string, string]))
  return { status, headers, text: body, body: JSON.parse(body) as Told['body'] }
}

const tiles = (): string => join(mesh.auditDir, 'tile')

async function lastEnded(): Promise<string | undefined> {
  let code: string | undefined
  for await (const { entry } of readEntries(mesh.auditDir, 0, Number.MAX_SAFE_INTEGER)) {
    const read = JSON.parse(Buffer.from(entry).toString('utf8')) as { event: string; code?: string }
    if (read.event === 'ended') code = read.code
  }
  return code
}

const publishFailures = (): readonly unknown[] =>
  mesh.output
    .split('\n')
    .filter(line => line.includes('publish.failed'))
    .map(line => (JSON.parse(line) as { code: unknown }).code)
