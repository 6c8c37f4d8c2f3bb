import type { Command } from 'commander'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { callGate } from '../gate-client.ts'
import { whoever } from '../login/asking.ts'
import { note, noteColour, print, printJson } from '../output.ts'
import { gateOf, readDevState, stateDir } from '../state.ts'
import { formatTable } from '../table.ts'
import { plain } from '../text.ts'
import { sightCells, sightShape } from './who-can.ts'

interface Options {
  readonly as?: string
  readonly agent: readonly string[]
  readonly domain?: string
  readonly state?: string
  readonly json?: boolean
}

const shape = z.looseObject({ sights: z.array(sightShape) })

export function seeAsCommand(program: Command): void {
  program
    .command('see-as')
    .description(
      'what a login of the directory may see in the domains that you oversee: the decision, never data; needs `audit` or `administer` on each table',
    )
    .argument('<login[@issuer]>', 'whom it is asked about')
    .argument('[table]', 'such as sales.crm.customer; left out: all that you may ask about, in each domain')
    .option('--agent <login>', 'through which agent they would ask; again for one that acts through another', collected, [])
    .option('--domain <domain>', 'whose tables alone, where none is named')
    .option('--as <login[@issuer]>', 'a demo login; left out: who is logged in, else auditor')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage see-as rep sales.crm.customer --as sales-owner')
    .action(async (login: string, table: string | undefined, options: Options) => {
      const dir = stateDir(options.state)
      const state = readDevState(dir)
      const caller = await whoever(dir, options.as, 'auditor')
      const agents = options.agent.length === 0 ? {} : { agents: options.agent }
      const body = { login, ...agents, ...(table === undefined ? {} : { table }) }
      const one = table !== undefined || options.domain !== undefined
      const domains = one ? [gateOf(state, table ?? '', options.domain).domain] : Object.keys(state.gates)
      const found = await askEach(domains, domain =>
        callGate({ gate: gateOf(state, '', domain).http, path: '/v1/see-as', caller, body }, shape),
      )
      if (options.json === true) return printJson(one ? found.told.get(domains[0]!)! : jsonOf(found))
      for (const [domain, refused] of found.refused) note(`${noteColour.red(`${domain}:`)} ${plain(refused.message)}`)
      const sights = [...found.told.values()].flatMap(told => told.sights)
      const rows = sights.map(sight => [sight.table, sight.purpose, ...sightCells(sight)])
      if (rows.length > 0) print(formatTable(['table', 'purpose', 'rows', 'columns', 'rules'], rows))
      else note(plain(`${[login, ...options.agent].join(' through ')} ${nothingSeen(options.agent)}`))
    })
}

interface Found<T> {
  readonly told: ReadonlyMap<string, T>
  readonly refused: ReadonlyMap<string, CommandError>
}

/** Throws the first refusal where nobody answers. */
async function askEach<T>(domains: readonly string[], ask: (domain: string) => Promise<T>): Promise<Found<T>> {
  const told = new Map<string, T>()
  const refused = new Map<string, CommandError>()
  for (const domain of domains) {
    try {
      told.set(domain, await ask(domain))
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      refused.set(domain, error)
    }
  }
  const [first] = refused.values()
  if (told.size === 0) throw first ?? new CommandError('unavailable', 'this mesh has no gate')
  return { told, refused }
}

const jsonOf = <T>({ told, refused }: Found<T>): object => ({
  ...Object.fromEntries(told),
  ...Object.fromEntries([...refused].map(([domain, { json }]) => [domain, { error: json }])),
})

const collected = (one: string, before: readonly string[]): readonly string[] => [...before, one]

const nothingSeen = (agents: readonly string[]): string =>
  `sees nothing here of what you may ask about, or is not in the directory by this name alone${agents.length === 0 ? '' : ', or no agent here'}`
