import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bundle, type BundleFile, following, formatPublicKey, openBundle, signBundle, signFreshness } from '@selvage/bundle'
import { createKeySource } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseConfig } from '../config.ts'
import { openKeys } from '../keys.ts'
import { openOfficial } from '../official/index.ts'
import { openSync, type Sync } from './index.ts'

const tree = fileURLToPath(new URL('../../../../examples/mesh', import.meta.url))
const day = 86_400_000
const noon = Date.parse('2026-11-25T12:00:00.000Z')
const variables = { WORKFORCE_ISSUER: 'http://127.0.0.1:1', PARTNER_ISSUER: 'http://127.0.0.1:2', DEVICES_KEY: 'A'.repeat(43) }
const key = (): { privateKey: KeyObject; publicKey: KeyObject } => generateKeyPairSync('ed25519')
const keys = { centre: key(), domain: key(), control: key(), stranger: key() }

const files: readonly BundleFile[] = readdirSync(tree, { recursive: true, encoding: 'utf8' })
  .filter(path => /^(mesh\.yaml|guardrails\/.+|domains\/.+)$/.test(path) && /\.(yaml|cedar)$/.test(path))
  .map(path => ({ path, text: readFileSync(join(tree, path), 'utf8') }))
const centreFiles = files.filter(({ path }) => !path.startsWith('domains/'))
const salesFiles = files.filter(({ path }) => path.startsWith('domains/sales/'))

type Change = Partial<Pick<Bundle, 'version' | 'parent' | 'ancestors' | 'issued' | 'expires' | 'files' | 'variables'>>

const base = (change: Change): Omit<Bundle, 'kind'> => ({
  mesh: 'example',
  version: 3,
  issued: new Date(noon).toISOString(),
  expires: new Date(noon + 90 * day).toISOString(),
  variables: {},
  files: [],
  ...change,
})
const centreBundle = (change: Change = {}, by = keys.centre): string =>
  signBundle({ kind: 'centre', ...base({ files: centreFiles, ...change }) }, { id: 'centre', privateKey: by.privateKey })
const salesBundle = (change: Change = {}, by = keys.domain): string =>
  signBundle(
    { kind: 'domain', domain: 'sales', ...base({ files: salesFiles, variables, ...afterTheFirst(change), ...change }) },
    { id: 'sales', privateKey: by.privateKey },
  )
/** What is higher than the first here follows it. */
const afterTheFirst = ({ version = 3 }: Change): Change => (version > 3 ? following(openBundle(salesBundle(), keys.domain.publicKey)) : {})

/** What stands for control on the wire: it says what it is told to say. */
let control: Server
let url: string
let centre: string | undefined
let confirmed: () => string
let now: number
let dir: string
let sync: Sync
let events: { event: string; code?: string }[]

beforeAll(async () => {
  control = createServer((request, reply) => {
    const text = centre === undefined ? undefined : request.url === '/v1/freshness' ? confirmed() : centre
    reply.writeHead(text === undefined ? 503 : 200).end(text)
  })
  await new Promise<void>(resolve => control.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(control.address() as AddressInfo).port}`
})
afterAll(() => void control.close())

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-rules-'))
  now = noon
  events = []
  centre = centreBundle()
  confirmed = () => wordOf(centre!)
})
afterEach(async () => {
  await sync.close()
  rmSync(dir, { recursive: true, force: true })
})

function wordOf(envelope: string, by = keys.control): string {
  const { version, digest } = openBundle(envelope, keys.centre.publicKey)
  return signFreshness(
    { mesh: 'example', version, digest, issued: new Date(now).toISOString() },
    { id: 'control', privateKey: by.privateKey },
  )
}

function start(): void {
  const config = parseConfig({
    mesh: 'example',
    domain: 'sales',
    port: 0,
    stateDir: dir,
    control: url,
    maxFreshnessAge: 3_600,
    allowPrivateIssuers: true,
    keys: {
      centre: formatPublicKey(keys.centre.privateKey),
      domain: formatPublicKey(keys.domain.privateKey),
      freshness: formatPublicKey(keys.control.privateKey),
    },
  })
  const log = (event: string, attributes: object = {}): void => void events.push({ event, ...attributes })
  sync = openSync({
    config,
    clock: () => now,
    log,
    keys: openKeys(join(dir, 'keys'), 'sales'),
    official: openOfficial({ ...config.official, log }),
    issuerKeys: createKeySource({ dir: join(dir, 'issuer-keys'), fetch, now: () => now, allowPrivate: true, log }),
  })
}

const codeNow = (): string => sync.readiness().why ?? 'ready'
const becomes = (code: string): Promise<void> => expect.poll(codeNow, { timeout: 20_000 }).toBe(code)
const refusesPull = (code: string): Promise<void> =>
  expect.poll(() => events.find(({ event }) => event === 'control.unreachable')?.code, { timeout: 20_000 }).toBe(code)

async function offered(envelope: string): Promise<string> {
  try {
    await sync.offerDomain(envelope)
    return 'taken'
  } catch (error) {
    return error instanceof SelvageError ? error.code : String(error)
  }
}

async function ready(): Promise<void> {
  start()
  expect(await offered(salesBundle())).toBe('taken')
  await becomes('ready')
}

/** The last good rules stay in force, whatever was offered. */
function inForce(version: number): void {
  expect(codeNow()).toBe('ready')
  expect(sync.generation().domain.version).toBe(version)
}

describe('a gate without rules', () => {
  test('has none until it holds both bundles', async () => {
    centre = undefined
    start()
    expect(codeNow()).toBe('policy.missing')
    expect(await offered(salesBundle())).toBe('taken')
    expect(codeNow()).toBe('policy.missing')
    centre = centreBundle()
    await becomes('ready')
  })

  test('takes no centre’s bundle that a stranger signed', async () => {
    centre = centreBundle({}, keys.stranger)
    const genuine = wordOf(centreBundle())
    confirmed = () => genuine
    start()
    await refusesPull('policy.signature')
    expect(codeNow()).toBe('policy.missing')
  })

  test('takes no word of freshness that a stranger signed', async () => {
    confirmed = () => wordOf(centre!, keys.stranger)
    start()
    await refusesPull('policy.signature')
    expect(codeNow()).toBe('policy.missing')
  })

  test('takes no permit from the centre', async () => {
    const permit = { path: 'guardrails/open.cedar', text: '@id("central/open")\npermit (principal, action, resource);\n' }
    centre = centreBundle({ files: [...centreFiles, permit] })
    start()
    expect(await offered(salesBundle())).toBe('taken')
    await refusesPull('policy.invalid')
    expect(codeNow()).toBe('policy.missing')
  })

  test('takes no file of a domain from the centre', async () => {
    centre = centreBundle({ files: [...centreFiles, ...files.filter(({ path }) => path.startsWith('domains/health/'))] })
    start()
    expect(await offered(salesBundle())).toBe('taken')
    await refusesPull('policy.invalid')
    expect(codeNow()).toBe('policy.missing')
  })

  test('takes no bundle that has expired', async () => {
    start()
    expect(await offered(salesBundle({ expires: new Date(noon).toISOString() }))).toBe('policy.bundle_expired')
  })
})

describe('a gate with rules', () => {
  test('takes a higher version, and no lower one; the same again changes nothing', async () => {
    await ready()
    expect(await offered(salesBundle({ version: 2 }))).toBe('policy.version')
    inForce(3)
    expect(await offered(salesBundle())).toBe('taken')
    expect(await offered(salesBundle({ issued: new Date(noon + 1).toISOString() }))).toBe('policy.version')
    inForce(3)
    expect(await offered(salesBundle({ version: 4 }))).toBe('taken')
    inForce(4)
    expect(await offered(salesBundle())).toBe('policy.version')
    inForce(4)
  })

  test('refuses one that does not follow what it holds; away for some versions, takes one that names it among its ancestors', async () => {
    await ready()
    const digestOf = (envelope: string): string => openBundle(envelope, keys.domain.publicKey).digest
    const mine = digestOf(salesBundle())
    expect(await offered(salesBundle({ version: 4, parent: 'a'.repeat(64) }))).toBe('policy.parent')
    expect(await offered(salesBundle({ version: 9, parent: 'a'.repeat(64), ancestors: ['b'.repeat(64)] }))).toBe('policy.parent')
    inForce(3)
    const away = salesBundle({ version: 7, parent: 'a'.repeat(64), ancestors: ['b'.repeat(64), mine] })
    expect(await offered(away)).toBe('taken')
    inForce(7)
    // Another one that was signed of the same ancestors.
    expect(await offered(salesBundle({ version: 8, parent: 'a'.repeat(64), ancestors: ['b'.repeat(64), mine] }))).toBe('policy.parent')
    inForce(7)
  })

  test('refuses a bundle of a stranger, of another domain, or changed on its way', async () => {
    await ready()
    expect(await offered(salesBundle({ version: 4 }, keys.stranger))).toBe('policy.signature')
    expect(await offered(salesBundle({ version: 4 }).replace(/(?<="sig":")./, first => (first === 'A' ? 'B' : 'A')))).toBe(
      'policy.signature',
    )
    const health: Bundle = { kind: 'domain', domain: 'health', ...base({ version: 4 }) }
    expect(await offered(signBundle(health, { id: 'sales', privateKey: keys.domain.privateKey }))).toBe('policy.invalid')
    inForce(3)
  })

  test('refuses a domain’s bundle that reaches beyond its fence', async () => {
    await ready()
    const reach = (text: string, path = 'domains/sales/policies/reach.cedar'): Promise<string> =>
      offered(salesBundle({ version: 4, files: [...salesFiles, { path, text }] }))
    expect(await reach('@id("sales/reach")\npermit (principal, action, resource in Mesh::Domain::"health");\n')).toBe('policy.invalid')
    expect(await reach('@id("sales/reach")\npermit (principal, action, resource);\n')).toBe('policy.invalid')
    expect(await reach('@id("sales/reach")\nforbid (principal, action, resource);\n', 'guardrails/reach.cedar')).toBe('policy.invalid')
    inForce(3)
  })

  test('refuses a bundle whose files name variables that its signer did not give', async () => {
    await ready()
    expect(await offered(salesBundle({ version: 4, variables: { WORKFORCE_ISSUER: variables.WORKFORCE_ISSUER } }))).toBe('policy.invalid')
    inForce(3)
  })

  test('has stale rules once nobody confirmed them for longer than the maximum age', async () => {
    await ready()
    now = noon + 3_600_000
    expect(codeNow()).toBe('ready')
    now += 1
    expect(codeNow()).toBe('policy.stale')
  })

  test('has expired rules at the instant that was signed', async () => {
    await ready()
    now = noon + 90 * day
    expect(codeNow()).toBe('policy.expired')
  })

  test('started again without control, keeps its rules and how old they are', async () => {
    await ready()
    await sync.close()
    centre = undefined
    now = noon + 3_000_000
    start()
    await becomes('ready')
    expect(await offered(salesBundle({ version: 2 }))).toBe('policy.version')
    now = noon + 3_600_001
    expect(codeNow()).toBe('policy.stale')
  })
  test('started again with what it kept of the centre cut off, pulls it anew by itself', async () => {
    await ready()
    await sync.close()
    for (const name of ['centre.bundle.json', 'freshness.json']) writeFileSync(join(dir, 'bundles', name), '{"cut')
    start()
    await becomes('ready')
    inForce(3)
    await sync.close()
    writeFileSync(join(dir, 'bundles', 'centre.bundle.json'), '{"cut')
    centre = centreBundle({ version: 2 })
    start()
    await refusesPull('policy.version')
    expect(codeNow()).toBe('policy.missing')
  })

  test('started again with what it kept of the domain cut off, has none until it is delivered again, and none that is older', async () => {
    await ready()
    await sync.close()
    writeFileSync(join(dir, 'bundles', 'domain.bundle.json'), '{"cut')
    start()
    expect(await offered(salesBundle({ version: 2 }))).toBe('policy.version')
    expect(codeNow()).toBe('policy.missing')
    expect(await offered(salesBundle())).toBe('taken')
    await becomes('ready')
  })
})
