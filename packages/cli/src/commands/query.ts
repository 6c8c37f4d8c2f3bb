import type { Command } from 'commander'
import { printAnswer } from '../answer.ts'
import { CommandError } from '../exit.ts'
import { streamAnswer } from '../gate-client.ts'
import type { Caller } from '../identity.ts'
import { asWhoever } from '../login/asking.ts'
import { gateOf, readDevState, stateDir } from '../state.ts'

export interface AskOptions {
  readonly as?: string
  readonly for?: string
  readonly purpose?: string
  readonly because?: string
  readonly gate?: string
  readonly state?: string
  readonly parameters?: string
  readonly json?: boolean
}

/** The options that `query` and `why` share. */
export const askOptions = (command: Command): Command =>
  command
    .option('--as <login[@issuer]>', 'a demo login; left out: who is logged in, else analyst')
    .option('--for <login>', 'as an agent, for this person')
    .option('--purpose <purpose>', 'what for; left out: the purpose in use')
    .option('--because <reason>', 'why, in words for whoever reads the audit')
    .option('--parameters <json>', 'values for $1, $2 … (an array) or $name (an object)')
    .option('--gate <domain>', 'which gate; by default the one whose domain the statement names')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')

export interface Question {
  readonly gate: string
  readonly caller: Caller
  readonly body: object
}

/** Whom to ask, as whom, and what. */
export async function askStatement<T>(sql: string, options: AskOptions, ask: (question: Question) => Promise<T>): Promise<T> {
  const stated = { sql, purpose: options.purpose, reason: options.because, parameters: parseParameters(options.parameters) }
  const dir = stateDir(options.state)
  const at = gateOf(readDevState(dir), sql, options.gate)
  return asWhoever(dir, options, at, 'analyst', ({ caller, session }) => ask({ gate: at.http, caller, body: { ...stated, session } }))
}

function parseParameters(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new CommandError('usage', '--parameters is not JSON', { help: 'For example: --parameters \'["Brazil"]\'', cause })
  }
}

export function queryCommand(program: Command): void {
  askOptions(program.command('query').description('ask SQL of a product').argument('<sql>'))
    .addHelpText(
      'after',
      '\nExample:\n  selvage query --as rep --purpose service-provision "SELECT customer_id, email FROM sales.crm.customer ORDER BY 1"',
    )
    .action(async (sql: string, options: AskOptions) => {
      const answer = await askStatement(sql, options, question => streamAnswer({ ...question, path: '/v1/sql' }))
      await printAnswer(answer, options.json === true)
    })
}
