import type { Command } from 'commander'
import { demoToken } from '../identity.ts'
import { print, printJson } from '../output.ts'
import { readDevState, stateDir } from '../state.ts'

export function tokenCommand(program: Command): void {
  program
    .command('token')
    .description('fetch a token from a demo issuer')
    .requiredOption('--as <login[@issuer]>', 'who asks')
    .option('--for <login>', 'as an agent, for this person')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  curl -H "authorization: Bearer $(npx selvage token --as analyst)" …')
    .action(async (options: { as: string; for?: string; state?: string; json?: boolean }) => {
      const token = await demoToken(readDevState(stateDir(options.state)), options.as, options.for)
      if (options.json === true) printJson({ token })
      else print(token)
    })
}
