import { Command, CommanderError } from 'commander'
import { applyCommand } from './commands/apply.ts'
import { auditCommand } from './commands/audit.ts'
import { checkCommand } from './commands/check.ts'
import { devCommand } from './commands/dev.ts'
import { deviceCommand } from './commands/device.ts'
import { doctorCommand } from './commands/doctor.ts'
import { fmtCommand } from './commands/fmt.ts'
import { loginCommand } from './commands/login.ts'
import { logoutCommand } from './commands/logout.ts'
import { planCommand } from './commands/plan.ts'
import { policyCommand } from './commands/policy.ts'
import { purposeCommand } from './commands/purpose.ts'
import { queryCommand } from './commands/query.ts'
import { replayCommand } from './commands/replay.ts'
import { seeAsCommand } from './commands/see-as.ts'
import { tokenCommand } from './commands/token.ts'
import { tourCommand } from './commands/tour.ts'
import { whoCanCommand } from './commands/who-can.ts'
import { whoSawCommand } from './commands/who-saw.ts'
import { whoamiCommand } from './commands/whoami.ts'
import { whyCommand } from './commands/why.ts'
import { CommandError, exits } from './exit.ts'
import { note, noteColour, printJson, watchOutput } from './output.ts'
import { plainLines } from './text.ts'

const program = new Command('selvage')
  .description('The security plane of a data mesh. Each domain keeps its data. The centre keeps the rules. Anyone can check.')
  .version('0.1.0')
  .exitOverride()
  .showHelpAfterError('(`selvage help COMMAND` shows an example)')

for (const add of [
  devCommand,
  tourCommand,
  checkCommand,
  applyCommand,
  fmtCommand,
  planCommand,
  policyCommand,
  deviceCommand,
  loginCommand,
  logoutCommand,
  whoamiCommand,
  purposeCommand,
  tokenCommand,
  queryCommand,
  whyCommand,
  whoCanCommand,
  seeAsCommand,
  whoSawCommand,
  replayCommand,
  auditCommand,
  doctorCommand,
])
  add(program)

watchOutput()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = tell(error)
}

function tell(error: unknown): number {
  const asJson = process.argv.includes('--json')
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exits.done
    if (asJson) printJson({ error: error.message.replace(/^error: /, '') })
    return exits.usage
  }
  if (error instanceof CommandError) {
    if (asJson && error.json !== undefined) printJson(error.json)
    note(`${noteColour.red('selvage:')} ${plainLines(error.message)}`)
    if (error.help !== undefined) note(`  ${plainLines(error.help)}`)
    return error.exit
  }
  if (asJson) printJson({ error: 'a fault of ours' })
  note(plainLines(`selvage: a fault of ours: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`))
  return exits.refused
}
