import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createKeySource, createVerifier, type KeySource, type Verified, type Verifier } from '@selvage/identity'
import type { Issuer } from '@selvage/kernel/contract'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fetchDemoToken } from './client.ts'
import { accessTokenType, demoClient, demoGrant, exchangeGrant } from './protocol.ts'

const script = fileURLToPath(new URL('../../dist/issuer/main.js', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'selvage-issuers-'))
const stateDir = join(dir, 'state')
const provider = 'ed8b41e9-5365-3a49-ad5f-91bd8a8f174f'
const workforce = [
  { login: 'rep', kind: 'User', roles: ['sales-rep'], attributes: { employee_id: 3 } },
  { login: 'analyst', kind: 'User', roles: ['analyst'] },
  { login: 'clinician', kind: 'User', roles: ['clinician'], attributes: { provider_id: provider, trainings: ['hipaa'] } },
  { login: 'copilot', kind: 'Agent', roles: ['analyst'] },
  { login: 'planner', kind: 'Agent', roles: [] },
]
const partner = [
  { login: 'analyst', kind: 'User', roles: ['analyst'] },
  { login: 'copilot', kind: 'Agent', roles: ['analyst'] },
]

interface Running {
  readonly process: ChildProcess
  readonly issuers: Record<string, string>
  readonly lines: string[]
  readonly readyAfter: number
}
const started = new Set<ChildProcess>()

async function start(ports: { workforce?: number; partner?: number } = {}, state = stateDir): Promise<Running> {
  const config = {
    mesh: 'example',
    stateDir: state,
    issuers: [
      { alias: 'workforce', port: ports.workforce ?? 0, people: workforce },
      { alias: 'partner', port: ports.partner ?? 0, people: partner },
    ],
  }
  const from = performance.now()
  const child = launch()
  child.stdin?.write(`${JSON.stringify(config)}\n`)
  const lines: string[] = []
  const ready = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', line => {
      lines.push(line)
      resolve(line)
    })
    child.once('exit', code => reject(new Error(`ended with ${code}`)))
  })
  return { process: child, lines, readyAfter: performance.now() - from, ...(JSON.parse(ready) as { issuers: Record<string, string> }) }
}

function launch(env: Record<string, string> = {}, args: readonly string[] = []): ChildProcess {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, ...env } })
  started.add(child)
  child.once('exit', () => started.delete(child))
  child.stdin?.on('error', () => undefined)
  return child
}

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null ? Promise.resolve(child.exitCode) : new Promise(resolve => child.once('exit', code => resolve(code)))

async function stop(running: Running): Promise<void> {
  running.process.kill('SIGTERM')
  expect(await ended(running.process)).toBe(0)
}

const errorText = async (child: ChildProcess): Promise<string> => {
  let text = ''
  for await (const chunk of child.stderr!) text += String(chunk)
  return text
}

afterAll(() => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

const trust = (alias: string, issuer: string, more: Partial<Issuer> = {}): Issuer => ({
  alias: alias as Issuer['alias'],
  issuer,
  kind: 'rfc9068',
  token: { type: 'at+jwt', client: 'client_id', id: 'jti', require: {} },
  rolesClaim: ['roles'],
  groups: {},
  groupsClaim: ['groups'],
  audience: 'selvage:example',
  algorithms: ['ES256'],
  maxLifetime: 600,
  roles: { analyst: 'analyst', 'sales-rep': 'sales-rep', clinician: 'clinician' },
  attributes: ['employee_id', 'provider_id', 'trainings'],
  claims: Object.fromEntries(['employee_id', 'provider_id', 'trainings'].map(name => [name, { path: [name] }])),
  agents: ['copilot', 'planner'],
  workloads: [],
  ...more,
})

const events: string[] = []
const keySource = (name = 'keys', now: () => number = Date.now): KeySource =>
  createKeySource({ dir: join(dir, name), fetch, now, allowPrivate: true, log: event => void events.push(event) })

function verifierOf({ issuers }: Pick<Running, 'issuers'>, keys = keySource(), now: () => number = Date.now): Verifier {
  return createVerifier({
    issuers: [trust('workforce', issuers.workforce!), trust('partner', issuers.partner!, { roles: {} })],
    subjectAttributes: new Map([
      ['employee_id', 'integer'],
      ['provider_id', 'string'],
      ['trainings', 'strings'],
    ]),
    roles: ['analyst', 'sales-rep', 'clinician'],
    groups: [],
    keys,
    now,
  })
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const codeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'accepted').catch(error => error.code ?? error.message)

describe('the running issuers', () => {
  let running: Running
  let verifier: Verifier
  beforeAll(async () => {
    running = await start()
    verifier = verifierOf(running)
  })
  afterAll(() => stop(running))

  const token = (login: string, more: { for?: string; at?: string } = {}): Promise<string> =>
    fetchDemoToken({ issuer: running.issuers[more.at ?? 'workforce']!, login, ...(more.for === undefined ? {} : { for: more.for }) })
  const verified = async (login: string, more: { for?: string; at?: string } = {}): Promise<Verified> =>
    verifier.verify(await token(login, more))

  it('say that they are ready, in one line', () => {
    expect(running.lines).toEqual([JSON.stringify({ ready: true, issuers: running.issuers })])
    expect(Object.keys(running.issuers)).toEqual(['workforce', 'partner'])
    const memory = readFileSync(`/proc/${running.process.pid}/smaps_rollup`, 'utf8')
    const pss = Number(/^Pss:\s+(\d+) kB/m.exec(memory)?.[1]) / 1_024
    process.stderr.write(`issuers: ready after ${Math.round(running.readyAfter)} ms, PSS ${Math.round(pss)} MB\n`)
    expect(running.readyAfter).toBeLessThan(15_000)
    expect(pss).toBeLessThan(200)
  })

  it('give tokens of RFC 9068 with the claims of DESIGN section 12', async () => {
    const [header, payload] = (await token('rep'))
      .split('.')
      .slice(0, 2)
      .map(part => JSON.parse(String(Buffer.from(part, 'base64url'))))
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) })
    expect(payload).toEqual({
      iss: running.issuers.workforce,
      sub: 'rep',
      aud: 'selvage:example',
      client_id: 'selvage-cli',
      iat: expect.any(Number),
      exp: payload.iat + 600,
      jti: expect.any(String),
      roles: ['sales-rep'],
      employee_id: 3,
      device: { managed: true, encrypted: true },
    })
  })

  it('a person’s token verifies', async () => {
    const { subject, actors, issuer, clientId, device } = await verified('rep')
    expect(plain(subject)).toEqual({
      kind: 'User',
      id: 'workforce/rep',
      roles: ['sales-rep'],
      groups: [],
      attributes: { employee_id: 3 },
    })
    expect(plain([actors, issuer, clientId, device])).toEqual([[], 'workforce', 'selvage-cli', { managed: true, encrypted: true }])
    expect(plain((await verified('clinician')).subject.attributes)).toEqual({ provider_id: provider, trainings: ['hipaa'] })
  })

  it('an agent for a person is both; an agent alone is nobody’s', async () => {
    const both = await verified('copilot', { for: 'rep' })
    expect(both.subject).toMatchObject({ kind: 'User', id: 'workforce/rep', roles: ['sales-rep'] })
    expect(both.actors).toMatchObject([{ kind: 'Agent', id: 'workforce/copilot', roles: ['analyst'] }])
    const alone = await verified('copilot')
    expect([alone.subject.kind, alone.subject.id, alone.actors]).toEqual(['Agent', 'workforce/copilot', []])
  })

  it('the partner’s analyst is not ours', async () => {
    const ours = await verified('analyst')
    const theirs = await verified('analyst', { at: 'partner' })
    expect([ours.subject.id, ours.subject.roles]).toEqual(['workforce/analyst', ['analyst']])
    expect([theirs.subject.id, theirs.subject.roles]).toEqual(['partner/analyst', []])
  })

  it('an unknown login gets nothing', async () => {
    await expect(token('nobody')).rejects.toThrow('the issuer refused')
    await expect(token('__proto__')).rejects.toThrow('the issuer refused')
    await expect(token('copilot', { for: 'nobody' })).rejects.toThrow('the issuer refused')
  })

  async function post(parameters: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }> {
    const { token_endpoint } = (await (await fetch(`${running.issuers.workforce}/.well-known/openid-configuration`)).json()) as Record<
      string,
      string
    >
    const response = await fetch(token_endpoint!, { method: 'POST', body: new URLSearchParams({ client_id: demoClient, ...parameters }) })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const exchange = (subject: string, actor: string, more: Record<string, string> = {}) =>
    post({
      grant_type: exchangeGrant,
      subject_token: subject,
      subject_token_type: accessTokenType,
      actor_token: actor,
      actor_token_type: accessTokenType,
      ...more,
    })

  it('an exchange takes a person’s and an agent’s own good tokens only', async () => {
    const [rep, copilot, theirs] = [await token('rep'), await token('copilot'), await token('copilot', { at: 'partner' })]
    const forged = `${rep.split('.').slice(0, 2).join('.')}.${copilot.split('.')[2]}`
    const delegated = await token('copilot', { for: 'rep' })
    const table: [string, string, string][] = [
      ['a person as actor', rep, await token('analyst')],
      ['an agent as subject', await token('planner'), copilot],
      ['another issuer’s agent', rep, theirs],
      ['a forged subject', forged, copilot],
      ['a delegated actor', rep, delegated],
      ['no token', 'x', copilot],
      ['an empty token', rep, ''],
    ]
    for (const [name, subject, actor] of table) expect([name, (await exchange(subject, actor)).status]).toEqual([name, 400])
    expect((await exchange(rep, copilot, { actor_token_type: 'x' })).status).toBe(400)
    expect((await exchange(rep, copilot, { requested_token_type: 'x' })).status).toBe(400)
  })

  it('an exchange prolongs nothing, and a chain keeps who acted before', async () => {
    const [first, planner] = [await token('copilot', { for: 'rep' }), await token('planner')]
    const { body } = await exchange(first, planner)
    expect(body).toMatchObject({ token_type: 'Bearer', issued_token_type: accessTokenType })
    const given = await verifier.verify(String(body.access_token))
    expect(given.actors.map(actor => actor.id)).toEqual(['workforce/planner', 'workforce/copilot'])
    expect(given.expiresAt).toBeLessThanOrEqual((await verifier.verify(first)).expiresAt)
  })

  it('no other client, and no other grant', async () => {
    expect((await post({ client_id: 'somebody', grant_type: demoGrant, login: 'rep' })).status).toBe(401)
    expect((await post({ grant_type: 'client_credentials' })).status).toBe(400)
    expect((await post({ grant_type: 'password', username: 'rep', password: 'x' })).status).toBe(400)
  })

  it('serve this machine by its address only', async () => {
    const url = new URL(running.issuers.workforce!)
    const statusFor = (host: string, more: Record<string, string> = {}): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request({ host: url.hostname, port: url.port, path: '/jwks', headers: { host, ...more } }, response => {
          response.resume()
          resolve(response.statusCode)
        })
        asked.once('error', reject).end()
      })
    expect(await statusFor(url.host)).toBe(200)
    expect(await statusFor(`evil.example:${url.port}`)).toBe(421)
    expect(await statusFor(url.host, { origin: url.origin })).toBe(200)
    for (const origin of ['http://evil.example', 'null', `http://evil.example:${url.port}`])
      expect(await statusFor(url.host, { origin })).toBe(403)
    expect(url.hostname).toBe('127.0.0.1')
  })

  it('their keys lie in files that only the owner reads', () => {
    expect(readdirSync(stateDir).sort()).toEqual(['partner.keys.json', 'workforce.keys.json'])
    for (const file of readdirSync(stateDir)) expect(statSync(join(stateDir, file)).mode & 0o777).toBe(0o600)
  })
})

describe('issuers that go and come', () => {
  const state = join(dir, 'coming')
  const ports: { workforce?: number; partner?: number } = {}
  let running: Running
  const up = async (): Promise<Running> => {
    running = await start(ports, state)
    ports.workforce = Number(new URL(running.issuers.workforce!).port)
    ports.partner = Number(new URL(running.issuers.partner!).port)
    return running
  }
  afterEach(async () => {
    if (running.process.exitCode === null) await stop(running)
  })

  it('while they are down, tokens verify from the keys that were fetched, also after a restart of ours', async () => {
    await up()
    const token = await fetchDemoToken({ issuer: running.issuers.workforce!, login: 'rep' })
    const before = keySource('down')
    expect((await verifierOf(running, before).verify(token)).subject.id).toBe('workforce/rep')
    await stop(running)
    expect((await verifierOf(running, before).verify(token)).subject.id).toBe('workforce/rep')
    expect((await verifierOf(running, keySource('down')).verify(token)).subject.id).toBe('workforce/rep')
    expect(await codeOf(verifierOf(running, keySource('never seen')).verify(token))).toBe('identity.keys')
  })

  it('a token is bound to the key that whoever asks for it names, an agent’s too', async () => {
    await up()
    const issuer = running.issuers.workforce!
    const jkt = 'k'.repeat(43)
    const verifier = verifierOf(running, keySource('bound'))
    for (const more of [{}, { login: 'copilot', for: 'rep' }]) {
      const token = await fetchDemoToken({ issuer, login: 'rep', ...more, jkt })
      expect((await verifier.verify(token)).confirmation).toEqual({ kind: 'jkt', thumbprint: jkt })
    }
    await expect(fetchDemoToken({ issuer, login: 'rep', jkt: 'mine' })).rejects.toThrow('thumbprint')
  })

  it('a restart keeps their keys', async () => {
    await up()
    const token = await fetchDemoToken({ issuer: running.issuers.workforce!, login: 'rep' })
    await stop(running)
    await up()
    expect((await verifierOf(running, keySource('restart')).verify(token)).subject.id).toBe('workforce/rep')
  })

  it('a new key is found at once, and the old one is worth nothing then', async () => {
    await up()
    const issuer = running.issuers.workforce!
    const keys = keySource('rotation')
    const verifier = verifierOf(running, keys)
    const old = await fetchDemoToken({ issuer, login: 'rep' })
    await verifier.verify(old)
    await stop(running)
    rmSync(join(state, 'workforce.keys.json'))
    await up()
    const next = await fetchDemoToken({ issuer, login: 'rep' })
    expect((await verifier.verify(next)).subject.id).toBe('workforce/rep')
    expect(await codeOf(verifier.verify(old))).toBe('identity.signature')
  })

  it('end when stdin ends', async () => {
    await up()
    running.process.stdin?.end()
    expect(await ended(running.process)).toBe(0)
  })
})

describe('issuers that refuse to start', () => {
  const refusal = async (child: ChildProcess): Promise<[number | null, string]> => {
    const text = errorText(child)
    return [await ended(child), await text]
  }

  it('in production', async () => {
    const [code, text] = await refusal(launch({ NODE_ENV: 'production' }))
    expect([code, text]).toEqual([1, expect.stringContaining('do not run in production')])
  })

  it('with keys that others may read', async () => {
    const loose = join(dir, 'loose')
    await stop(await start({}, loose))
    chmodSync(join(loose, 'partner.keys.json'), 0o644)
    await expect(start({}, loose)).rejects.toThrow('ended with 1')
  })

  it('with a configuration that is not one', async () => {
    for (const text of ['{}', '{"mesh":"x","stateDir":"y","issuers":[],"more":1}', 'no JSON']) {
      const child = launch()
      child.stdin?.write(`${text}\n`)
      expect((await refusal(child))[0]).toBe(1)
    }
    expect((await refusal(launch({}, [join(dir, 'no such file')])))[0]).toBe(1)
  })
})
