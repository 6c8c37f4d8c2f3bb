import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { replaceFile } from '@selvage/bundle'
import { contentOf } from '../apply/signed-bundles.ts'
import { recordsFolder } from '../device-management.ts'
import { CommandError } from '../exit.ts'
import { findProblem, refusal } from '../gate-client.ts'
import { takeLock } from '../lock.ts'
import { meshVariables, soundMesh } from '../sound-mesh.ts'
import { plainLines } from '../text.ts'
import { readTree, type TreeFile } from '../tree.ts'
import { signedBundle, signerPublicKey } from './bundles.ts'
import { serveParts } from './control-socket.ts'
import { defaultMemoryMb, divideMemory, type PolicyEngine } from './memory.ts'
import { dataFolder, dataFolders, directoryFiles, type People, readPeople } from './mesh.ts'
import { partsSocket } from './parts-socket.ts'
import { freePort } from './ports.ts'
import { type Line, type Part, startPart } from './process.ts'
import { prepareState } from './state-folder.ts'

export interface DevOptions {
  readonly dir: string
  readonly state: string
  readonly portBase: number
  readonly data?: string | undefined
  /** MiB for the children of all gates together. */
  readonly memoryMb?: number | undefined
  readonly policyEngine: PolicyEngine
  readonly say: (text: string) => void
  /** Ends the start, and with it what has been started. */
  readonly signal: AbortSignal
}

export interface RunningMesh {
  readonly state: DevFile
  /** Products whose files or contract keep them from being published. The others are. */
  readonly unpublished: readonly string[]
  readonly stop: () => Promise<void>
}

interface DevFile {
  readonly mesh: string
  readonly control: string
  readonly gates: Record<string, { http: string; logs: { audit: string } }>
  readonly issuers: Record<string, string>
  readonly logins: readonly string[]
  readonly verifierKeys: readonly string[]
  /** Where the mesh's texts lie, and whether the data is the generated sample. */
  readonly tree: string
  readonly data: 'sample' | 'real'
}

const require = createRequire(import.meta.url)
const readyWithin = 120_000

const alreadyRuns = (holder: number, state: string): CommandError =>
  new CommandError('unavailable', `a mesh already runs on this state folder (process ${holder})`, {
    help: `Stop it first, or name another folder with --state and other ports with --port-base. The lock is ${join(state, 'dev.lock')}.`,
  })

/** A whole mesh on one machine: each part a process of its own; they meet on the wire only. */
export async function startMesh(options: DevOptions): Promise<RunningMesh> {
  const { dir, state, say, signal } = options
  prepareState(state)
  const release = takeLock(join(state, 'dev.lock'), holder => alreadyRuns(holder, state))
  rmSync(join(state, 'dev.json'), { force: true })
  const parts = new Map<string, Part>()
  const stop = async (): Promise<void> => {
    rmSync(join(state, 'dev.json'), { force: true })
    await Promise.all([...parts.values()].map(part => part.stop()))
    release()
  }
  try {
    const starting = start(options, readTree(dir), readPeople(dir), parts, stop)
    return await Promise.race([starting, whenAborted(signal)])
  } catch (error) {
    await stop()
    throw error
  } finally {
    say('')
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** Once `signal` is aborted, it starts no part any more: whoever aborted it ends those that are there. */
async function start(
  options: DevOptions,
  tree: readonly TreeFile[],
  people: People,
  parts: Map<string, Part>,
  stop: () => Promise<void>,
): Promise<RunningMesh> {
  const { state, say, signal } = options
  const ports = await choosePorts(options, Object.keys(people), tree)
  const variables = meshVariables(
    Object.fromEntries(Object.entries(ports.issuers).map(([alias, port]) => [alias, `http://127.0.0.1:${port}`])),
    state,
  )
  const mesh = soundMesh({ dir: options.dir, tree, variables }, 'nothing is started')
  const memory = divideMemory(options.memoryMb ?? defaultMemoryMb(), mesh.domains.length, options.policyEngine)
  const data = await dataFolder(options)
  say(`data      ${data.path}${data.generated ? ' (generated sample)' : ''}`)

  const add = (name: string, script: string, config: object, more: Partial<Parameters<typeof startPart>[0]> = {}): Part => {
    signal.throwIfAborted()
    const path = join(state, 'config', `${name}.json`)
    replaceFile(path, `${JSON.stringify(config, null, 2)}\n`)
    const part = startPart({
      name,
      script,
      args: [path],
      logDir: join(state, 'logs'),
      isReady: line => line.ready === true,
      onLine: () => undefined,
      onDeath: code => say(`${name} ended (${code ?? 'killed'}) and is started again`),
      ...more,
    })
    parts.set(name, part)
    return part
  }

  const issuerList = Object.entries(people).map(([alias, persons]) => ({ alias, port: ports.issuers[alias], people: persons }))
  const issuers = add('issuers', require.resolve('@selvage/testkit/issuer'), {
    mesh: mesh.name,
    issuers: issuerList,
    stateDir: join(state, 'issuers'),
  })
  const control = add('control', require.resolve('@selvage/control/main'), {
    mesh: mesh.name,
    port: ports.control,
    stateDir: join(state, 'control'),
    centreKey: signerPublicKey(state, 'centre'),
    attached: true,
  })
  const [controlReady, issuersReady] = await Promise.all([within(control.ready, 'control'), within(issuers.ready, 'the issuers')])
  const controlUrl = `http://127.0.0.1:${ports.control}`
  const sign = (who: string): string =>
    signedBundle(contentOf(tree, who, mesh, variables), { state, mesh: mesh.name, who, now: Date.now() })
  await put(`${controlUrl}/v1/bundles/centre`, sign('centre'), signal)
  say(`control   ${controlUrl}`)

  const listening = new Map<string, Line>()
  const unpublished = new Set<string>()
  for (const domain of mesh.domains) {
    const onLine = (line: Line): void => {
      if (line.event === 'listening') listening.set(domain.name, line)
      if (line.event === 'publish.done') say(`published ${line.product} version ${line.version}: ${describeTables(line.tables)}`)
      if (line.event === 'publish.failed') {
        unpublished.add(String(line.product))
        say(describeFailure(line))
      }
    }
    add(
      `gate-${domain.name}`,
      require.resolve('@selvage/gate/main'),
      {
        mesh: mesh.name,
        domain: domain.name,
        port: ports.gates[domain.name],
        stateDir: join(state, 'gates', domain.name),
        dataDir: data.path,
        ...dataFolders(data.path, domain.name, mesh),
        devices: { from: recordsFolder(state) },
        directory: directoryFiles(options.dir, tree, domain.name),
        control: controlUrl,
        controlEveryMs: 2_000,
        policyEngine: options.policyEngine,
        ...memory,
        keys: {
          centre: signerPublicKey(state, 'centre'),
          domain: signerPublicKey(state, domain.name),
          freshness: controlReady.freshnessKey,
        },
        allowPrivateIssuers: true,
        attached: true,
      },
      { isReady: line => line.event === 'listening', onLine },
    )
  }
  await Promise.all(
    mesh.domains.map(async domain => {
      await within(parts.get(`gate-${domain.name}`)!.ready, `the gate of ${domain.name}`)
      const url = `http://127.0.0.1:${ports.gates[domain.name]}`
      await put(`${url}/v1/bundles/domain`, sign(domain.name), signal)
      await untilReady(url, domain.name, signal)
      say(`gate      ${url}  ${domain.name}`)
    }),
  )

  const file: DevFile = {
    mesh: mesh.name,
    control: controlUrl,
    gates: Object.fromEntries(
      mesh.domains.map(({ name }) => [
        name,
        { http: `http://127.0.0.1:${ports.gates[name]}`, logs: { audit: String(listening.get(name)?.audit) } },
      ]),
    ),
    issuers: issuersReady.issuers as Record<string, string>,
    logins: Object.entries(people).flatMap(([alias, persons], i) =>
      persons.map(person => (i === 0 ? person.login : `${person.login}@${alias}`)),
    ),
    verifierKeys: [...listening.values()].map(line => String(line.verifierKey)),
    tree: options.dir,
    data: data.generated ? 'sample' : 'real',
  }
  signal.throwIfAborted()
  const socket = serveParts(partsSocket(state), parts)
  replaceFile(join(state, 'dev.json'), `${JSON.stringify(file, null, 2)}\n`)
  writeFileSync(join(state, '.gitignore'), '*\n')
  return {
    state: file,
    unpublished: [...unpublished].sort(),
    stop: async () => {
      socket.close()
      await stop()
    },
  }
}

interface Ports {
  readonly control: number
  readonly issuers: Record<string, number>
  readonly gates: Record<string, number>
}

async function choosePorts({ portBase, say }: DevOptions, aliases: readonly string[], tree: readonly TreeFile[]): Promise<Ports> {
  const taken = new Set<number>()
  const take = async (name: string, wanted: number): Promise<number> => {
    const port = await freePort(wanted, taken)
    if (port !== wanted) say(`port ${wanted} is busy: ${name} takes ${port}`)
    return port
  }
  const domains = [...new Set(tree.flatMap(file => /^domains\/([a-z0-9_]+)\/domain\.yaml$/.exec(file.path)?.[1] ?? []))]
  const issuers: Record<string, number> = {}
  const gates: Record<string, number> = {}
  for (const [i, alias] of aliases.entries()) issuers[alias] = await take(`the issuer ${alias}`, portBase + i)
  const control = await take('control', portBase + 10)
  for (const [i, domain] of domains.entries()) gates[domain] = await take(`the gate of ${domain}`, portBase + 20 + i)
  return { control, issuers, gates }
}

async function put(url: string, body: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, { method: 'PUT', body, signal, headers: { 'content-type': 'application/json' } })
  if (response.ok) return
  const problem = findProblem(await response.text())
  throw problem === undefined ? new CommandError('unavailable', `${url} answers with status ${response.status}`) : refusal(problem)
}

async function untilReady(url: string, domain: string, signal: AbortSignal): Promise<void> {
  const end = Date.now() + readyWithin
  while (Date.now() < end) {
    const response = await fetch(`${url}/readyz`, { signal }).catch(() => undefined)
    signal.throwIfAborted()
    if (response?.ok === true) return
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  throw new CommandError('unavailable', `the gate of ${domain} did not get ready`)
}

function within<T>(promise: Promise<T>, what: string): Promise<T> {
  return Promise.race([
    promise,
    new Promise<never>((_, reject) =>
      setTimeout(() => reject(new CommandError('unavailable', `${what} did not start`)), readyWithin).unref(),
    ),
  ])
}

/** attacker-controlled: a problem names columns as a file's header does. */
function describeFailure({ product, what, serves }: Line): string {
  const still = serves === undefined ? 'nothing of it can be read' : `version ${serves} stays`
  return plainLines(`NOT PUBLISHED ${product} (${still}):\n${String(what).replace(/^/gm, '  ')}`)
}

const describeTables = (tables: unknown): string =>
  (tables as { table: string; rows: number; quarantined: number }[])
    .map(({ table, rows, quarantined }) => `${table} ${rows}${quarantined > 0 ? ` (${quarantined} quarantined)` : ''}`)
    .join(', ')
