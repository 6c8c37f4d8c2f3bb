import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BundleFile, openBundle, signBundle } from '@selvage/bundle'
import { readPolicies } from '@selvage/cedar'
import { createSenderChecker, createStanding, DeviceTrust } from '@selvage/identity'
import type { Subject } from '@selvage/kernel/policy'
import { openLog } from '@selvage/ledger/io'
import { parseConfig } from '../../packages/gate/src/config.ts'
import { openDirectories } from '../../packages/gate/src/directory/index.ts'
import { openEngine } from '../../packages/gate/src/execute/index.ts'
import { openKeys } from '../../packages/gate/src/keys.ts'
import { openOfficial } from '../../packages/gate/src/official/index.ts'
import { openParser } from '../../packages/gate/src/parser/index.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { SessionStore } from '../../packages/gate/src/sessions/store.ts'
import type { Generation } from '../../packages/gate/src/sync/generation.ts'
import { buildModel } from '../../packages/gate/src/sync/model.ts'
import { openProducts } from '../../packages/gate/src/sync/products.ts'
import type { Telemetry } from '../../packages/gate/src/telemetry.ts'
import { openUnderWay } from '../../packages/gate/src/under-way.ts'
import { policyEngineOfRun } from '../dev-mesh.ts'
import { goldenTree, type MeshTree } from './tree.ts'

/** Cedar texts: the centre's and the domain's. */
export interface Policies {
  readonly centre?: string | undefined
  readonly shop: string
}

/** Who asks, and the agents that act for them. */
export interface Party {
  readonly subject: Subject
  readonly actors: readonly Subject[]
}

export interface Limits {
  readonly policyEngine?: 'selvage' | 'wasm'
  readonly official?: { readonly rows?: number; readonly decideMs?: number }
  readonly parser?: { readonly timeoutMs?: number; readonly memoryMb?: number; readonly overheadMb?: number }
  readonly engine?: {
    readonly timeoutMs?: number
    readonly waitMs?: number
    readonly memoryMb?: number
    readonly overheadMb?: number
    readonly tempMb?: number
    readonly children?: number
    readonly strict?: readonly string[]
  }
}

/**
 * A gate with everything that it has in a mesh (published files, parser and engine children, a log on the disk) but
 * the wire: bundles are signed and opened here, and a token is the name of one of `parties`.
 */
export interface Stand {
  /** @param files another mesh than the suite's own, of a domain `shop` */
  readonly gate: (policies: Policies, parties: Readonly<Record<string, Party>>, files?: readonly BundleFile[]) => Promise<Gate>
  /** The newest lines of the operator's log. */
  readonly told: () => string
  readonly close: () => Promise<void>
}

/** Nothing is measured here. */
const telemetry: Telemetry = {
  stage: (_, work) => work(),
  told: () => undefined,
  released: () => undefined,
  shadowed: () => undefined,
  serve: () => undefined,
}

const now = Date.UTC(2026, 0, 15, 12)

export async function openStand(limits: Limits = {}, tree: MeshTree = goldenTree): Promise<Stand> {
  const policyEngine = limits.policyEngine ?? policyEngineOfRun
  const stateDir = mkdtempSync(join(tmpdir(), 'selvage-golden-'))
  const config = parseConfig({
    mesh: 'golden',
    domain: 'shop',
    port: 0,
    stateDir,
    dataDir: tree.dataDir,
    keys: { centre: '', domain: '', freshness: '' },
    control: 'http://127.0.0.1:1',
    ...(policyEngine === undefined ? {} : { policyEngine }),
    parser: { timeoutMs: 3_000, ...limits.parser },
    official: { ...limits.official },
    engine: { children: 1, memoryMb: 256, tempMb: 64, timeoutMs: 10_000, ...limits.engine },
  })
  const clock = (): number => now
  const told: string[] = []
  const log: Gate['log'] = (event, attributes) => {
    told.push(`${event} ${JSON.stringify(attributes)}`)
    if (told.length > 20) told.shift()
  }
  const keysDir = join(stateDir, 'keys')
  mkdirSync(keysDir)
  // The same tokens and pseudonyms in every run: known keys, of no use elsewhere.
  for (const name of ['tokens', 'pseudonyms'])
    writeFileSync(join(keysDir, `${name}.key`), createHash('sha256').update(`golden ${name}`).digest('base64'), { mode: 0o600 })
  const keys = openKeys(keysDir, config.domain)
  const tempDir = join(stateDir, 'temp')
  const auditDir = join(stateDir, 'audit')
  mkdirSync(tempDir)
  const fatal: Error[] = []
  const audit = await openLog({
    dir: auditDir,
    origin: 'golden/shop/a/audit/2026',
    privateKey: keys.auditSigner,
    now: clock,
    checkpointEvery: 20,
    onFatal: error => void fatal.push(error),
  })
  const parser = openParser({ ...config.parser, log })
  const engine = openEngine({ ...config.engine, tempDir, log })
  const products = openProducts({ config, clock, log, keys })
  const official = openOfficial({ ...config.official, log })
  const directories = openDirectories(config.directory, log)
  const sender = createSenderChecker({ now: clock, uptime: clock, random: randomBytes, proofs: 64 })
  const standing = createStanding({ now: clock })
  const parts = {
    config,
    official,
    directories,
    clock,
    random: randomBytes,
    sender,
    standing,
    log,
    telemetry,
    keys,
    parser,
    engine,
    audit,
    auditDir,
  }
  let generations = 0
  const models: Generation[] = []

  async function gate(
    policies: Policies,
    parties: Readonly<Record<string, Party>>,
    files: readonly BundleFile[] = tree.files,
  ): Promise<Gate> {
    generations += 1
    const generation = await buildGeneration({ id: generations, files, policies, products, verifier: verifierOf(parties) })
    models.push(generation)
    const rulesOf: Gate['rulesOf'] = async (centre, domain) =>
      models.findLast(one => one.centre.digest.startsWith(centre) && one.domain.digest.startsWith(domain))
    const holds = { generation: () => generation, said: () => standing.epoch(), devices: noDevices, sessions, clock }
    return { ...parts, ...holds, underWay: openUnderWay(holds), rulesOf }
  }

  async function close(): Promise<void> {
    await Promise.all([parser.close(), engine.close(), products.close()])
    await audit.close()
    rmSync(stateDir, { recursive: true, force: true })
    if (fatal[0] !== undefined) throw fatal[0]
  }

  return { gate, told: () => told.join('\n'), close }
}

const sessions = new SessionStore({ perSubject: 1, inAll: 1 })
const noDevices: Gate['devices'] = { take: async () => undefined, find: () => undefined, epoch: () => 0, close: () => undefined }

function verifierOf(parties: Readonly<Record<string, Party>>): Generation['verifier'] {
  const verified = new Map(
    Object.entries(parties).map(([name, party]) => [
      name,
      {
        ...party,
        issuer: 'workforce',
        issuedAt: now,
        expiresAt: now + 600_000,
        goodUntil: now + 600_000,
        provenance: {},
        keysStale: false,
      },
    ]),
  )
  const unasked = (): never => {
    throw new Error('no sessions here')
  }
  return { verify: async name => verified.get(name)!, keep: unasked, readAgain: unasked }
}

const key = { id: 'golden', ...generateKeyPairSync('ed25519') }

function bundle(kind: 'centre' | 'domain', files: readonly BundleFile[]) {
  const shared = {
    mesh: 'golden',
    version: 1,
    issued: '2026-01-01T00:00:00.000Z',
    expires: '2026-04-01T00:00:00.000Z',
    variables: {},
    files,
  }
  return openBundle(signBundle(kind === 'centre' ? { kind, ...shared } : { kind, domain: 'shop', ...shared }, key), key.publicKey)
}

interface Building {
  readonly id: number
  readonly policies: Policies
  readonly products: ReturnType<typeof openProducts>
  readonly verifier: Generation['verifier']
  readonly files: readonly BundleFile[]
}

async function buildGeneration({ id, policies, products, verifier, files }: Building): Promise<Generation> {
  const isDomain = ({ path }: BundleFile): boolean => path.startsWith('domains/')
  const guardrails = policies.centre === undefined ? [] : [{ path: 'guardrails/rules.cedar', text: policies.centre }]
  const centre = bundle('centre', [...files.filter(file => !isDomain(file)), ...guardrails])
  const domain = bundle('domain', [...files.filter(isDomain), { path: 'domains/shop/policies/rules.cedar', text: policies.shop }])
  const model = await buildModel({ readPolicies: async (texts, schema) => readPolicies(texts, schema) }, centre, domain)
  const { trust } = model
  const reference = ({ version, digest, expires }: typeof centre): Generation['centre'] => ({
    version,
    digest,
    expires: Date.parse(expires),
  })
  return {
    id,
    activation: { readMs: 0, triedMs: 0, ms: 0, requests: 0, rows: 0 },
    centre: reference(centre),
    domain: reference(domain),
    ...model,
    verifier,
    devices: new DeviceTrust([]),
    ...(await products.make(model.mesh, trust)),
    columns: new Map(trust.products.flatMap(product => product.tables.map(table => [table.id, table.columns.map(column => column.name)]))),
  }
}
