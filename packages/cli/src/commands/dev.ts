import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { RunningMesh } from '../dev/index.ts'
import { type PolicyEngine, policyEngines } from '../dev/memory.ts'
import { CommandError } from '../exit.ts'
import { colour, outliveReader, print, printJson } from '../output.ts'
import { stateDir } from '../state.ts'

interface Options {
  readonly state?: string
  readonly portBase: string
  readonly data?: string
  readonly memory?: string
  readonly policyEngine: PolicyEngine
  readonly json?: boolean
}

export function devCommand(program: Command): void {
  program
    .command('dev')
    .description('run a whole mesh on this machine')
    .argument('[dir]', 'the tree that holds mesh.yaml; by default this folder, else the example')
    .option('--state <dir>', 'where keys, logs and data versions lie')
    .option('--port-base <n>', 'first port', '7400')
    .option('--data <dir>', 'the folder with the files that contracts name')
    .option('--memory <mib>', 'for the children of all gates together; by default ¾ of the machine’s, 8192 at most')
    .addOption(
      new Option('--policy-engine <engine>', 'what decides: ours, or Cedar’s official engine row by row, slow and obvious')
        .choices(policyEngines)
        .default('selvage'),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage dev examples/mesh --state .selvage --port-base 7400')
    .action(async (dir: string | undefined, options: Options) => {
      const portBase = Number(options.portBase)
      if (!Number.isInteger(portBase) || portBase < 1_024 || portBase > 65_000)
        throw new CommandError('usage', 'the port base is a number from 1024 to 65000')
      const memoryMb = options.memory === undefined ? undefined : Number(options.memory)
      if (memoryMb !== undefined && !(Number.isInteger(memoryMb) && memoryMb > 0))
        throw new CommandError('usage', 'the memory is a number of MiB')
      if (process.env.NODE_ENV === 'production')
        throw new CommandError('usage', 'a development mesh does not run in production', {
          help: 'Its issuers give a token to whoever asks.',
        })
      const started = Date.now()
      const [{ startMesh }, { exampleMesh }] = await Promise.all([import('../dev/index.ts'), import('../dev/mesh.ts')])
      const tree = resolve(dir ?? (existsSync(join(process.cwd(), 'mesh.yaml')) ? '.' : exampleMesh))
      const state = stateDir(options.state)
      const say = options.json === true ? () => undefined : print
      outliveReader()
      const asked = untilAsked()
      const mesh = await startMesh({
        dir: tree,
        state,
        portBase,
        memoryMb,
        policyEngine: options.policyEngine,
        data: options.data === undefined ? undefined : resolve(options.data),
        say,
        signal: asked.signal,
      }).catch(error => {
        if (asked.signal.aborted) return undefined
        throw error
      })
      if (mesh === undefined) return say('stopped before it was ready; the state stays')
      if (options.json === true) printJson({ ...mesh.state, unpublished: mesh.unpublished })
      else welcome(mesh, Date.now() - started, options.state)
      await asked.promise
      say('stopping …')
      await mesh.stop()
    })
}

function untilAsked(): { readonly signal: AbortSignal; readonly promise: Promise<void> } {
  const controller = new AbortController()
  const { signal } = controller
  const promise = new Promise<void>(resolve => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  // A second Ctrl-C must not end us before our parts have ended.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort())
  return { signal, promise }
}

function welcome({ state, unpublished }: RunningMesh, ms: number, stateOption: string | undefined): void {
  const flag = stateOption === undefined ? '' : ` --state ${stateOption}`
  print(`${colour.green('ready')} in ${(ms / 1000).toFixed(1)} s: the mesh ${colour.bold(state.mesh)}`)
  print(
    `  issuers   ${Object.entries(state.issuers)
      .map(([alias, url]) => `${alias} ${url}`)
      .join('  ')}`,
  )
  print(`  logins    ${state.logins.join(', ')}`)
  if (unpublished.length > 0)
    print(`  ${colour.red('not published')}: ${unpublished.join(', ')} (why: see above). Mend the files and start again.`)
  print('\nTry, in another terminal:')
  const sql = '"SELECT customer_id, first_name, email FROM sales.crm.customer ORDER BY 1"'
  print(`  npx selvage query${flag} --as rep --purpose service-provision ${sql}`)
  print(`  npx selvage query${flag} --as analyst --purpose analytics ${sql}`)
  print(`  npx selvage tour${flag}`)
  print('\nCtrl-C stops everything; the state stays.')
}
