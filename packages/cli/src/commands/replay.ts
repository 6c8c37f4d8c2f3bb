import type { Command } from 'commander'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { callGate } from '../gate-client.ts'
import { whoever } from '../login/asking.ts'
import { colour, print, printJson } from '../output.ts'
import { gateOf, readDevState, stateDir } from '../state.ts'
import { plain } from '../text.ts'

const shape = z.looseObject({
  index: z.number(),
  outcome: z.enum(['agrees', 'differs', 'unknown']),
  why: z.array(z.string()),
  official: z.array(z.looseObject({ table: z.string(), rows: z.number(), differences: z.number() })).optional(),
})
type Replayed = z.infer<typeof shape>

interface Options {
  readonly as?: string
  readonly domain: string
  readonly official?: boolean
  readonly state?: string
  readonly json?: boolean
}

export function replayCommand(program: Command): void {
  program
    .command('replay')
    .description('decide an audited statement again, from the rules of then; needs `audit` on its tables')
    .argument('<index>', 'of its entry')
    .requiredOption('--domain <domain>', 'whose log it stands in')
    .option('--official', 'with Cedar’s official engine alone, too')
    .option('--as <login[@issuer]>', 'a demo login; left out: who is logged in, else auditor')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage replay 12 --domain sales --official')
    .action(async (index: string, options: Options) => {
      if (!/^[0-9]{1,15}$/.test(index)) throw new CommandError('usage', 'the index of an entry is a whole number')
      const dir = stateDir(options.state)
      const state = readDevState(dir)
      const caller = await whoever(dir, options.as, 'auditor')
      const body = { index: Number(index), official: options.official === true }
      const replayed = await callGate({ gate: gateOf(state, options.domain).http, path: '/v1/replay', caller, body }, shape)
      tell(replayed, options.json === true)
    })
}

/** What differs is no success; what cannot be known is neither. */
function tell(replayed: Replayed, json: boolean): void {
  const { index, outcome, why, official = [] } = replayed
  const told = [
    ...why,
    ...official
      .filter(one => one.differences > 0)
      .map(one => `${one.table}: the official engine decides ${one.differences} of ${one.rows} otherwise`),
  ]
  if (outcome !== 'agrees')
    throw new CommandError(outcome === 'differs' ? 'refused' : 'unavailable', `entry ${index}: ${outcome}: ${told.join('; ')}`, {
      json: { ...replayed },
    })
  if (json) {
    printJson(replayed)
    return
  }
  print(`${colour.green('agrees')} entry ${index} is decided as it was recorded`)
  for (const { table, rows } of official)
    print(plain(`${table}: the official engine decides all ${rows} rows that differ to the rules alike`))
}
