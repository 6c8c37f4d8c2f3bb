import type { Command } from 'commander'
import { endLogin, tellUntold } from '../login/end.ts'
import { dropUnreadable, requireLogin } from '../login/kept.ts'
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
      if (dropUnreadable(dir)) {
        note('login.json could not be read, and is gone; what it spoke of ends by itself')
        return options.json === true ? printJson({ untold: Object.keys(gates), issuer: false }) : print('logged out')
      }
      requireLogin(dir)
      const untold = await endLogin(dir, gates)
      tellUntold(untold, note)
      if (options.json === true) printJson({ untold: untold.gates, issuer: !untold.issuer })
      else print('logged out')
    })
}
