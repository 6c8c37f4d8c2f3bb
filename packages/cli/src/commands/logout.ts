import type { Command } from 'commander'
import { endLogin, tellUntold } from '../login/end.ts'
import { nobody } from '../login/kept.ts'
import { note, print, printJson } from '../output.ts'
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
      const untold = await endLogin(dir, gates)
      if (untold === undefined) throw nobody()
      tellUntold(untold, note)
      if (options.json === true) printJson({ untold: untold.gates, issuer: !untold.issuer })
      else print('logged out')
    })
}
