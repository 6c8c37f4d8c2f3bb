import type { Command } from 'commander'
import { CommandError } from '../exit.ts'
import { type Answer, callGate } from '../gate-client.ts'
import { demoToken } from '../identity.ts'
import { colour, formatTable, note, plain, print, printJson } from '../output.ts'
import { gateOf, readDevState, stateDir } from '../state.ts'

export interface AskOptions {
  readonly as: string
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
    .option('--as <login[@issuer]>', 'who asks', 'analyst')
    .option('--for <login>', 'as an agent, for this person')
    .option('--purpose <purpose>', 'what for')
    .option('--because <reason>', 'why, in words for whoever reads the audit')
    .option('--parameters <json>', 'values for $1, $2 … (an array) or $name (an object)')
    .option('--gate <domain>', 'which gate; by default the one whose domain the statement names')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')

export async function ask<T>(path: string, sql: string, options: AskOptions): Promise<T> {
  const state = readDevState(stateDir(options.state))
  const token = await demoToken(state, options.as, options.for)
  const body = { sql, purpose: options.purpose, reason: options.because, parameters: parseParameters(options.parameters) }
  return callGate<T>(gateOf(state, sql, options.gate).http, path, token, body)
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
      const answer = await ask<Answer>('/v1/sql', sql, options)
      if (options.json === true) return printJson(answer)
      print(
        formatTable(
          answer.columns.map(column => column.name),
          answer.rows,
        ),
      )
      footer(answer)
    })
}

/** Beside the result, so that a pipe gets the rows alone. */
function footer({ columns, rows, receipt }: Answer): void {
  note(colour.dim(`${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`))
  for (const [how, names] of changed(columns)) note(`  ${names.map(plain).join(', ')}: ${how}`)
  note(colour.dim(`  receipt ${receipt.origin} #${receipt.index} ${receipt.leaf.slice(0, 16)}…`))
}

/** What was done, to which columns. */
function changed(columns: Answer['columns']): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { name, protection } of columns) {
    if (protection.kind === 'clear') continue
    const rule = protection.rule === undefined ? '' : ` by ${protection.rule}`
    const how = `${protection.kind}${rule}${protection.reason === undefined ? '' : ` (${protection.reason})`}`
    found.set(how, [...(found.get(how) ?? []), name])
  }
  return found
}
