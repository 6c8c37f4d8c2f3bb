import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Applied, ApplyOptions } from '../apply/index.ts'
import { CommandError } from '../exit.ts'
import { colour, print, printJson } from '../output.ts'
import { readDevState, stateDir } from '../state.ts'
import { plain } from '../text.ts'

interface Options {
  readonly plan?: string
  readonly revert?: string
  readonly signer?: string
  readonly keys?: string
  readonly wait: string
  readonly state?: string
  readonly json?: boolean
}

export function applyCommand(program: Command): void {
  program
    .command('apply')
    .description('sign what the tree says, and have control and the gates take it')
    .argument('[dir]', 'the tree that holds mesh.yaml; by default that of the running mesh')
    .option('--plan <file>', 'only if nothing moved since this plan was saved')
    .option('--revert <version>', 'sign what that version said, as a new one; needs --signer')
    .option('--signer <who>', '`centre`, or a domain: of this one only')
    .option('--keys <dir>', 'the signing keys, WHO.pem each; by default those of the demo')
    .option('--wait <seconds>', 'for the gates to take it', '120')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage apply --plan plan.json --keys ~/.selvage-keys')
    .action(async (dir: string | undefined, options: Options) => {
      const { applyTree, revert } = await import('../apply/index.ts')
      const own = stateDir(options.state)
      const state = readDevState(own)
      const common: ApplyOptions = {
        state,
        stateDir: own,
        keys: resolve(options.keys ?? join(own, 'signers')),
        signer: options.signer,
        plan: options.plan === undefined ? undefined : await readPlan(options.plan),
        waitMs: seconds(options.wait) * 1_000,
        now: Date.now,
        say: options.json === true ? () => undefined : text => print(plain(text)),
      }
      if (options.revert !== undefined && options.plan !== undefined)
        throw new CommandError('usage', 'a plan says what is to be, and so does --revert: give one of them')
      const applied =
        options.revert === undefined ? await applyTree(common, resolve(dir ?? state.tree)) : await revert(common, version(options.revert))
      tell(applied, options.json === true)
    })
}

function version(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new CommandError('usage', 'a version is a whole number from 1 on')
  return number
}

function seconds(text: string): number {
  const number = Number(text)
  if (!(number >= 1 && number <= 3_600)) throw new CommandError('usage', '--wait takes 1 to 3600 seconds')
  return number
}

const maxPlanBytes = 64 * 1024 * 1024

async function readPlan(path: string): Promise<ApplyOptions['plan']> {
  const { parsePlan } = await import('../plan/plan-file.ts')
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new CommandError('usage', `there is no plan ${path}`)
  if (statSync(path).size > maxPlanBytes) throw new CommandError('refused', `${path} is larger than a plan may be`)
  return parsePlan(readFileSync(path, 'utf8'))
}

function tell({ signed, gates }: Applied, json: boolean): void {
  const failed = gates.filter(({ outcome }) => outcome !== 'active')
  if (json) printJson({ signed, gates })
  else if (signed.length === 0) print(failed.length === 0 ? 'nothing to apply: this is in force' : 'nothing to sign: it was signed before')
  if (!json)
    for (const { gate, centre, domain, outcome, ms } of gates) {
      const word = outcome === 'active' ? colour.green('active') : colour.red(outcome)
      print(
        `${word}${' '.repeat(Math.max(1, 10 - outcome.length))}${plain(`gate of ${gate}: centre ${centre ?? '–'}, domain ${domain ?? '–'}`)}${ms === undefined ? '' : ` (${(ms / 1_000).toFixed(1)} s)`}`,
      )
    }
  if (failed.length === 0) return
  const refused = failed.filter(({ outcome }) => outcome !== 'waiting')
  const told = failed.map(({ gate, outcome }) => `${gate} ${outcome === 'waiting' ? 'has not taken it yet' : `refused it: ${outcome}`}`)
  throw new CommandError(refused.length > 0 ? 'refused' : 'unavailable', told.join('; '), {
    help: 'What was in force there stays in force. The gate’s log has the cause; `selvage doctor` shows what each holds.',
    json: 'printed',
  })
}
