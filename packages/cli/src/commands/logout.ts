import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { findIssuer, revoke } from '../login/issuer.ts'
import { forgetLogin, type Login, requireLogin, whileKept } from '../login/kept.ts'
import { endSessions } from '../login/sessions.ts'
import { note, print, printJson } from '../output.ts'
import { openProofKey } from '../proof-key.ts'
import { readDevState, stateDir } from '../state.ts'

export function logoutCommand(program: Command): void {
  program
    .command('logout')
    .description('end your sessions and what runs in them, and the login at its issuer')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage logout')
    .action(async (options: { state?: string; json?: boolean }) => {
      const dir = stateDir(options.state)
      const { gates } = readDevState(dir)
      requireLogin(dir)
      const untold = await endSessions(dir, gates)
      const ended = await whileKept(dir, async () => {
        const login = requireLogin(dir)
        forgetLogin(dir)
        return revokedAt(dir, login)
      })
      // What cannot be told now is forgotten here all the same, and ends by itself.
      if (untold.length > 0) note(`these gates could not be told; their sessions last until they end by themselves: ${untold.join(', ')}`)
      if (!ended) note('the issuer could not be told; the login lasts there until it ends by itself')
      if (options.json === true) printJson({ untold, issuer: ended })
      else print('logged out')
    })
}

async function revokedAt(dir: string, { issuer, client, refresh }: Login): Promise<boolean> {
  if (refresh === undefined) return true
  try {
    return await revoke(await findIssuer(issuer, client, openProofKey(dir)), refresh)
  } catch (error) {
    if (error instanceof CommandError) return false
    throw error
  }
}
