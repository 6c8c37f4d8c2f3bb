import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandError, exits } from '../exit.ts'
import { print, printJson } from '../output.ts'
import type { Planned } from '../plan/index.ts'
import { readDevState, stateDir } from '../state.ts'
import { plain } from '../text.ts'

interface Options {
  readonly against?: string
  readonly out?: string
  readonly keys?: string
  readonly state?: string
  readonly json?: boolean
}

export function planCommand(program: Command): void {
  program
    .command('plan')
    .description('say who of the directory would gain and lose what, if the tree were applied')
    .argument('[dir]', 'the tree that holds mesh.yaml; by default that of the running mesh')
    .option('--against <dir>', 'compare with another tree, not with what is in force')
    .option('--out <file>', 'save the plan, for `selvage apply --plan`')
    .option('--keys <dir>', 'the signing keys, WHO.pem each; by default those of the demo')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExits with 2 where something changes.\n\nExample:\n  selvage plan --out plan.json')
    .action(async (dir: string | undefined, options: Options) => {
      const { makePlan } = await import('../plan/index.ts')
      const { planJson, planText } = await import('../plan/tell.ts')
      const { meshVariables } = await import('../sound-mesh.ts')
      const state = stateDir(options.state)
      const running = existsSync(join(state, 'dev.json')) ? readDevState(state) : undefined
      const tree = dir ?? running?.tree
      if (tree === undefined) throw new CommandError('usage', 'which tree?', { help: 'Name the folder that holds mesh.yaml.' })
      const planned = await makePlan({
        dir: resolve(tree),
        against: options.against === undefined ? undefined : resolve(options.against),
        state,
        keys: resolve(options.keys ?? join(state, 'signers')),
        running,
        variables: running && meshVariables(running.issuers, state),
      })
      const { mesh, directory, signers, logins, unsaid } = planned
      const document = { mesh, directory, signers, logins, changes: planJson(planned.changes), unsaid }
      if (options.out !== undefined) save(options.out, document)
      if (options.json === true) printJson(document)
      else {
        if (planned.changes.length > 0) print(planText(planned.changes))
        for (const line of unsaid) print(`${planned.changes.length > 0 ? '\n' : ''}${plain(line)}`)
        print(summary(planned))
      }
      if (signers.length > 0 || planned.changes.length > 0) process.exitCode = exits.changes
    })
}

function save(path: string, document: object): void {
  try {
    writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`)
  } catch (cause) {
    throw new CommandError('usage', `the plan cannot be written to ${path} (${(cause as NodeJS.ErrnoException).code})`, { cause })
  }
}

function summary({ changes, signers, logins }: Planned): string {
  const names = signers.map(({ who }) => who).join(', ')
  if (changes.length > 0) return `\nto sign: ${names || 'nothing'}`
  if (signers.length === 0) return 'no changes'
  if (logins === 0) return `to sign: ${names}; no directory.yaml names anybody, so nothing is said of who gains or loses`
  return `to sign: ${names}; nobody of the directory sees a whole table, or a column alone, otherwise, or may do otherwise`
}
