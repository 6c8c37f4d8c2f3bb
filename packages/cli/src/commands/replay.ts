import type { Command } from 'commander'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { callGate } from '../gate-client.ts'
import { whoever } from '../login/asking.ts'
import { colour, print, printJson } from '../output.ts'
import { type DevState, gateOf, readDevState, stateDir } from '../state.ts'
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
  readonly domain?: string
  readonly official?: boolean
  readonly state?: string
  readonly json?: boolean
}

export function replayCommand(program: Command): void {
  program
    .command('replay')
    .description('decide an audited statement again, answered or refused, from the rules of then; needs `audit` on its tables')
    .argument('<[domain:]index>', 'of its entry')
    .option('--domain <domain>', 'whose log it stands in, where the mesh has several')
    .option('--official', 'with Cedar’s official engine alone, too')
    .option('--as <login[@issuer]>', 'a demo login; left out: who is logged in, else auditor')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage replay sales:12 --official')
    .action(async (entry: string, options: Options) => {
      const dir = stateDir(options.state)
      const { index, gate } = placeOf(readDevState(dir), entry, options.domain)
      const caller = await whoever(dir, options.as, 'auditor')
      const replayed = await callGate({ gate, path: '/v1/replay', caller, body: { index, official: options.official === true } }, shape)
      tell(replayed, options.json === true)
    })
}

/** Each domain has a log of its own, so that an index alone is an entry of several. */
function placeOf(state: DevState, entry: string, named: string | undefined): { index: number; gate: string } {
  const [, before, index] = /^(?:([^:]+):)?([0-9]{1,15})$/.exec(entry) ?? []
  if (index === undefined) throw new CommandError('usage', 'the index of an entry is a whole number')
  const domains = Object.keys(state.gates)
  const [domain, ...more] = new Set([named, before].filter(one => one !== undefined))
  const meant = domain ?? (domains.length === 1 ? domains[0] : undefined)
  if (meant === undefined || more.length > 0)
    throw new CommandError('usage', `name one domain whose entry ${index} is meant`, {
      help: `Write ${domains.map(one => `${one}:${index}`).join(' or ')}, or --domain.`,
    })
  return { index: Number(index), gate: gateOf(state, '', meant).http }
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
