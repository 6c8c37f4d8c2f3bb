import type { Command } from 'commander'
import { recordDevice } from '../device-management.ts'
import { CommandError } from '../exit.ts'
import { print, printJson } from '../output.ts'
import { openProofKey } from '../proof-key.ts'
import { readDevState, stateDir } from '../state.ts'

export function deviceCommand(program: Command): void {
  program
    .command('device')
    .description('say how this machine is, as the demo’s device management')
    .argument('<state>', 'managed or unmanaged')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage device unmanaged')
    .action(async (said: string, options: { state?: string; json?: boolean }) => {
      if (said !== 'managed' && said !== 'unmanaged')
        throw new CommandError('usage', `${said} is no state of a device`, { help: 'Say managed or unmanaged.' })
      const state = stateDir(options.state)
      readDevState(state)
      const { thumbprint } = openProofKey(state)
      await recordDevice(state, thumbprint, said === 'managed', Date.now())
      if (options.json === true) printJson({ key: thumbprint, managed: said === 'managed' })
      else print(`this machine is ${said}; its key is ${thumbprint}`)
    })
}
