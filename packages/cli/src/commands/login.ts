import type { Command } from 'commander'
import { renewRecord } from '../device-management.ts'
import { CommandError } from '../exit.ts'
import { endLogin, tellUntold } from '../login/end.ts'
import { askForApproval, findIssuer } from '../login/issuer.ts'
import { keepLogin, whileKept } from '../login/kept.ts'
import { usePurpose } from '../login/sessions.ts'
import { note, noteColour, print, printJson } from '../output.ts'
import { openProofKey } from '../proof-key.ts'
import { type DevState, readDevState, stateDir } from '../state.ts'
import { plain } from '../text.ts'
import { tellSessions, timeOf, useFrom } from './purpose.ts'

interface Options {
  readonly client: string
  readonly scope: string
  readonly resource?: string
  readonly purpose?: string
  readonly for?: string
  readonly because?: string
  readonly state?: string
  readonly json?: boolean
}

export function loginCommand(program: Command): void {
  program
    .command('login')
    .description('log in at an issuer, by a page that you approve this machine on')
    .argument('[issuer]', 'an issuer of the mesh, or its address; left out: the first')
    .option('--client <id>', 'what the issuer knows this command line as', 'selvage-cli')
    .option('--scope <scope>', 'what is asked for', 'openid')
    .option('--resource <uri>', 'whom the tokens are for (RFC 8707), at an issuer that is not the mesh’s own')
    .option('--purpose <purpose>', 'shown on the page, and in use from then on')
    .option('--for <time>', 'how long it is in use, such as 8h or 30m', '8h')
    .option('--because <reason>', 'why, in words for whoever reads the audit')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage login --purpose analytics')
    .action(async (named: string | undefined, options: Options) => {
      const dir = stateDir(options.state)
      const state = readDevState(dir)
      const { issuer, resource } = issuerOf(state, named, options)
      const time = timeOf(options.for)
      await logIn(dir, state, { ...options, issuer, resource })
      const use = options.purpose === undefined ? undefined : useFrom(Date.now(), options.purpose, time, options.because)
      const { told: sessions } = use === undefined ? { told: [] } : await usePurpose(dir, state.gates, use)
      if (options.json === true)
        return printJson({
          issuer,
          client: options.client,
          ...(use && { sessions: sessions.map(({ domain, expires }) => ({ domain, expires })) }),
        })
      print(plain(`logged in at ${issuer}; \`selvage whoami\` tells what each gate knows of you`))
      if (use !== undefined) tellSessions(use.purpose, sessions)
    })
}

function issuerOf(
  { issuers, mesh }: DevState,
  named: string | undefined,
  options: Options,
): { issuer: string; resource?: string | undefined } {
  const alias = named ?? Object.keys(issuers)[0] ?? ''
  if (Object.hasOwn(issuers, alias)) return { issuer: issuers[alias]!, resource: options.resource ?? `selvage:${mesh}` }
  if (!alias.includes('://'))
    throw new CommandError('usage', `there is no issuer ${alias}`, { help: `Issuers: ${Object.keys(issuers).join(', ')}, or an address.` })
  return { issuer: alias, resource: options.resource }
}

interface Wanted extends Omit<Options, 'resource'> {
  readonly issuer: string
  readonly resource?: string | undefined
}

async function logIn(dir: string, state: DevState, wanted: Wanted): Promise<void> {
  const { issuer, client, resource } = wanted
  const key = openProofKey(dir)
  await renewRecord(dir, key.thumbprint, Date.now())
  const pending = await askForApproval(await findIssuer(issuer, client, key), wanted)
  note(plain(`Open ${pending.address}`))
  note(`and see that it shows the code ${noteColour.bold(plain(pending.code))}, this machine and the client ${plain(client)}. Waiting …`)
  const tokens = await pending.tokens()
  if (!tokens.bound) note('this issuer binds no token to the key of this machine: whoever has the token is you, for as long as it lasts')
  // Whoever was logged in before has nothing running under another's name, and no login that nobody knows of.
  const untold = await endLogin(dir, state.gates)
  if (untold !== undefined) tellUntold(untold, note)
  const login = { issuer, client, ...(resource === undefined ? {} : { resource }), ...tokens, sessions: {} }
  await whileKept(dir, async () => keepLogin(dir, login))
}
