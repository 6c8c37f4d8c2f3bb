import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const realData = join(root, '..', 'shared', 'data')
export const hasRealData = existsSync(join(realData, 'sales', 'customer.csv'))
const cli = join(root, 'packages', 'cli', 'bin', 'selvage.js')

/** `SELVAGE_POLICY_ENGINE=wasm`: whatever gate a test starts is decided for by Cedar's official engine. */
export const policyEngineOfRun: string | undefined = process.env.SELVAGE_POLICY_ENGINE

export interface DevMesh {
  readonly state: string
  readonly dev: {
    mesh: string
    control: string
    gates: Record<string, { http: string; logs: { audit: string } }>
    issuers: Record<string, string>
    logins: string[]
    verifierKeys: string[]
  }
  readonly output: () => string
  readonly process: ChildProcess
  readonly stop: () => Promise<void>
}

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the CLI as a person does, to its end. */
export function selvage(args: readonly string[], options: { cwd?: string; input?: string } = {}): Promise<Ran> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: options.cwd ?? root, env: { ...process.env, NO_COLOR: '1' } })
    let out = ''
    let err = ''
    child.stdout.on('data', (part: Buffer) => {
      out += part
    })
    child.stderr.on('data', (part: Buffer) => {
      err += part
    })
    child.once('close', code => resolve({ code, out, err }))
    child.stdin.end(options.input ?? '')
  })
}

const readyWithin = 120_000

/** A whole mesh with real processes, on a state folder of its own. */
export async function startDevMesh(options: { portBase: number; tree?: string; data?: string; state?: string }): Promise<DevMesh> {
  const state = options.state ?? mkdtempSync(join(tmpdir(), 'selvage-mesh-'))
  const data = options.data === undefined ? [] : ['--data', options.data]
  const args = [
    cli,
    'dev',
    options.tree ?? join(root, 'examples', 'mesh'),
    '--state',
    state,
    '--port-base',
    String(options.portBase),
    ...data,
    ...(policyEngineOfRun === undefined ? [] : ['--policy-engine', policyEngineOfRun]),
  ]
  const child = spawn(process.execPath, args, { env: { ...process.env, NO_COLOR: '1' }, stdio: ['pipe', 'pipe', 'pipe'] })
  let text = ''
  const gather = (part: Buffer): void => {
    text += part
  }
  child.stdout.on('data', gather)
  child.stderr.on('data', gather)
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const path = join(state, 'dev.json')
  const deadline = Date.now() + readyWithin
  while (!(existsSync(path) && text.includes('ready'))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the mesh did not start:\n${text}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    if (options.state === undefined) rmSync(state, { recursive: true, force: true })
  }
  return { state, dev: JSON.parse(readFileSync(path, 'utf8')) as DevMesh['dev'], output: () => text, process: child, stop }
}
