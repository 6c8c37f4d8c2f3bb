import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Bundle, type BundleFile, following, formatPublicKey, maxLineage, openBundle, signBundle } from '@selvage/bundle'
import { startTestIssuer, type TestIssuer } from '../../../packages/identity/src/testing/issuer.ts'
import { signToken, type TestKey, testKey } from '../../../packages/identity/src/testing/token.ts'
import { policyEngineOfRun, root } from '../../dev-mesh.ts'
import { Door, type Told } from '../door/door.ts'
import { Clock } from './clock.ts'
import { type Part, startPart } from './process.ts'
import { centreFiles, dataFiles, domainFiles } from './small-tree.ts'

export const day = 86_400

interface Options {
  /** What differs from the gate's defaults. */
  readonly gate?: Readonly<Record<string, unknown>>
  /** The domain's texts, where they are not the usual ones. */
  readonly files?: readonly BundleFile[]
  /** Of the issuer `staff`, where it is not the mesh's own. */
  readonly issuer?: { readonly url: string; readonly key?: TestKey }
  /** Who stands for control; the real one if left out. */
  readonly control?: string
  /** Whether the processes see a time of day that the test steps. */
  readonly stepped?: boolean
  /** For its processes: what else is preloaded. */
  readonly environment?: (dir: string) => NodeJS.ProcessEnv
}

export type Change = Partial<
  Pick<Bundle, 'version' | 'parent' | 'ancestors' | 'issued' | 'expires' | 'files' | 'variables' | 'mesh' | 'domain' | 'kind'>
>

const main = (name: string): string => join(root, 'packages', name, 'dist', 'main.js')

/**
 * One gate and control as real processes, with an issuer and signers that are the test's own: it signs whatever it likes,
 * stops whom it likes and says what time it is.
 */
export class SmallMesh {
  readonly dir = mkdtempSync(join(tmpdir(), 'selvage-small-'))
  readonly key: TestKey = testKey('k1')
  /** Of the device management that it trusts. */
  readonly devices: TestKey = testKey('mdm', 'EdDSA')
  readonly keys = { centre: pair(), domain: pair(), control: pair(), stranger: pair() }
  readonly clock: Clock = new Clock(this.dir)
  issuer!: TestIssuer
  door!: Door
  controlUrl: string
  auditDir = ''
  verifierKey = ''
  gate: Part | undefined
  control: Part | undefined
  output = ''
  readonly #options: Options
  #freshnessKey = ''
  /** What was taken, the newest first: a bundle names those of lower versions as its parent and its ancestors. */
  readonly #taken: { readonly kind: Bundle['kind']; readonly version: number; readonly digest: string }[] = []

  private constructor(options: Options) {
    this.#options = options
    this.controlUrl = options.control ?? ''
  }

  /** With control and the issuer running and the centre's bundle at control; no gate yet. */
  static async open(options: Options = {}): Promise<SmallMesh> {
    const mesh = new SmallMesh(options)
    for (const [path, text] of Object.entries(dataFiles)) write(join(mesh.dir, 'data', path), text)
    mesh.issuer = await startTestIssuer([mesh.key.jwk])
    if (options.control === undefined) {
      await mesh.startControl()
      await mesh.putCentre()
    }
    return mesh
  }

  /** Open, with a gate that answers. */
  static async ready(options: Options = {}): Promise<SmallMesh> {
    const mesh = await SmallMesh.open(options)
    try {
      await mesh.startGate()
      await mesh.putDomain(mesh.domainBundle())
      await mesh.becomes('ready')
      return mesh
    } catch (error) {
      // Nobody else knows what has been started.
      await mesh.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.gate?.stop('SIGKILL'), this.control?.stop('SIGKILL'), this.issuer.close()])
    rmSync(this.dir, { recursive: true, force: true })
  }

  async startControl(): Promise<void> {
    // The same address over a restart, as the gate has it in its configuration.
    const port = this.controlUrl === '' ? 0 : Number(new URL(this.controlUrl).port)
    const stateDir = join(this.dir, 'control')
    const config = { mesh: 'small', port, stateDir, centreKey: formatPublicKey(this.keys.centre.privateKey) }
    this.control = await this.#start('control', config, line => line.ready === true)
    this.controlUrl = String(this.control.ready.url)
    this.#freshnessKey = String(this.control.ready.freshnessKey)
  }

  async startGate(more: Readonly<Record<string, unknown>> = {}, before?: readonly string[]): Promise<void> {
    const port = this.door === undefined ? 0 : Number(new URL(this.door.url).port)
    const config = {
      mesh: 'small',
      domain: 'lab',
      port,
      stateDir: join(this.dir, 'gate'),
      dataDir: join(this.dir, 'data'),
      control: this.controlUrl,
      keys: {
        centre: formatPublicKey(this.keys.centre.privateKey),
        domain: formatPublicKey(this.keys.domain.privateKey),
        freshness: this.#freshnessKey === '' ? formatPublicKey(this.keys.control.privateKey) : this.#freshnessKey,
      },
      allowPrivateIssuers: true,
      ...(policyEngineOfRun === undefined ? {} : { policyEngine: policyEngineOfRun }),
      ...this.#options.gate,
      ...more,
    }
    this.gate = await this.#start('gate', config, line => line.event === 'listening', before)
    const { url, audit, verifierKey } = this.gate.ready
    this.auditDir = String(audit)
    this.verifierKey = String(verifierKey)
    this.door = await Door.at(String(url))
  }

  #start(
    name: string,
    config: object,
    isReady: (line: Readonly<Record<string, unknown>>) => boolean,
    before?: readonly string[],
  ): Promise<Part> {
    const path = join(this.dir, `${name}.json`)
    writeFileSync(path, JSON.stringify(config))
    return startPart({
      script: main(name),
      config: path,
      isReady,
      environment: this.#environment(),
      onOutput: text => {
        this.output += text
      },
      ...(before === undefined ? {} : { before }),
    })
  }

  #environment(): NodeJS.ProcessEnv {
    const clock = this.#options.stepped === true ? this.clock.environment() : {}
    const more = this.#options.environment?.(this.dir) ?? {}
    const preload = [more.LD_PRELOAD, clock.LD_PRELOAD].filter(path => path !== undefined).join(':')
    return { ...clock, ...more, ...(preload === '' ? {} : { LD_PRELOAD: preload }) }
  }

  #base(kind: Bundle['kind'], change: Change): Omit<Bundle, 'kind'> {
    const { version = 3 } = change
    const [parent, ...ancestors] = this.#taken.flatMap(one => (one.kind === kind && one.version < version ? one.digest : []))
    const now = this.clock.now()
    const issued = new Date(now).toISOString()
    return {
      mesh: 'small',
      version,
      ...(parent === undefined ? {} : { parent, ancestors: ancestors.slice(0, maxLineage - 1) }),
      issued,
      expires: new Date(now + 90 * day * 1_000).toISOString(),
      variables: {},
      files: [],
      ...change,
    }
  }

  centreBundle(change: Change = {}, by = this.keys.centre): string {
    return signBundle(
      { kind: 'centre', ...this.#base('centre', { files: centreFiles, ...change }) },
      { id: 'centre', privateKey: by.privateKey },
    )
  }

  domainBundle(change: Change = {}, by = this.keys.domain): string {
    const variables = { STAFF_ISSUER: this.#staff, GONE_ISSUER: 'http://127.0.0.1:9', DEVICES_KEY: String(this.devices.jwk.x) }
    const files = this.#options.files ?? domainFiles
    const bundle = { kind: 'domain', domain: 'lab', ...this.#base('domain', { files, variables, ...change }) } as Bundle
    return signBundle(bundle, { id: 'lab', privateKey: by.privateKey })
  }

  /** What the next one says of an envelope of this mesh. */
  following(who: 'centre' | 'domain', envelope: string): ReturnType<typeof following> {
    return following(openBundle(envelope, this.keys[who].publicKey))
  }

  async putCentre(envelope = this.centreBundle()): Promise<void> {
    const response = await fetch(`${this.controlUrl}/v1/bundles/centre`, { method: 'PUT', body: envelope })
    if (response.status !== 200) throw new Error(`control answered ${response.status}`)
    this.#taken.unshift({ kind: 'centre', ...((await response.json()) as { version: number; digest: string }) })
  }

  async putDomain(body: string): Promise<Told> {
    const told = await this.door.call('/v1/bundles/domain', { method: 'PUT', body, headers: { 'content-type': 'application/json' } })
    if (told.status === 200) this.#taken.unshift({ kind: 'domain', ...(told.body as unknown as { version: number; digest: string }) })
    return told
  }

  /** `ready`, or why the gate is not. */
  async state(): Promise<string> {
    const { body } = await this.door.call('/readyz', { method: 'GET' })
    const { ready, why } = body as unknown as { ready: boolean; why?: string }
    return ready ? 'ready' : String(why)
  }

  async becomes(state: string, withinMs = 15_000): Promise<void> {
    const end = Date.now() + withinMs
    for (let found = ''; found !== state; ) {
      found = await this.state()
      if (found !== state && Date.now() > end) throw new Error(`the gate is ${found}, not ${state}:\n${this.output.slice(-2_000)}`)
      if (found !== state) await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  claims(change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
    const iat = Math.floor(this.clock.now() / 1_000)
    const fixed = { iss: this.#staff, sub: 'ana', aud: 'selvage:small', client_id: 'test', roles: ['analyst'] }
    return { ...fixed, jti: crypto.randomUUID(), iat, exp: iat + 600, ...change }
  }

  get #staff(): string {
    return this.#options.issuer?.url ?? this.issuer.url
  }

  token(change: Readonly<Record<string, unknown>> = {}, key = this.#options.issuer?.key ?? this.key): string {
    return signToken(this.claims(change), key)
  }

  ask(sql: string, { token = this.token(), purpose = 'analytics', path = '/v1/sql', more = {} } = {}): Promise<Told> {
    return this.door.call(path, {
      body: { sql, purpose, ...more },
      headers: { authorization: `Bearer ${token}` },
    })
  }
}

function pair(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ed25519')
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
