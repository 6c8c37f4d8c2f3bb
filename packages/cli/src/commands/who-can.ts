import type { Command } from 'commander'
import { z } from 'zod'
import { callGate } from '../gate-client.ts'
import { whoever } from '../login/asking.ts'
import { note, print, printJson } from '../output.ts'
import { gateOf, readDevState, stateDir } from '../state.ts'
import { formatTable } from '../table.ts'

const texts = z.array(z.string())

/** What a gate says of one login, table and purpose. */
export const sightShape = z.looseObject({
  login: z.string(),
  purpose: z.string(),
  table: z.string(),
  rows: z.looseObject({ visible: z.string(), condition: z.string().optional(), rules: texts }),
  columns: z.array(z.looseObject({ name: z.string(), protection: z.string(), rules: texts })),
})
export type Sight = z.infer<typeof sightShape>

const shape = z.looseObject({
  sights: z.array(sightShape),
  directory: z.looseObject({ logins: z.number(), elsewhere: z.number() }),
})

export function whoCanCommand(program: Command): void {
  program
    .command('who-can')
    .description('who of the directory may see a table or a column, by which rules; needs `audit` or `administer` on it')
    .argument('<table[.column]>', 'such as sales.crm.customer.email')
    .option('--purpose <purpose>', 'for which they would ask')
    .option('--as <login[@issuer]>', 'a demo login; left out: who is logged in, else auditor')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage who-can sales.crm.customer.email --as sales-owner')
    .action(async (resource: string, options: { as?: string; purpose?: string; state?: string; json?: boolean }) => {
      const dir = stateDir(options.state)
      const state = readDevState(dir)
      const caller = await whoever(dir, options.as, 'auditor')
      const body = { resource, ...(options.purpose === undefined ? {} : { purpose: options.purpose }) }
      const found = await callGate({ gate: gateOf(state, resource).http, path: '/v1/who-can', caller, body }, shape)
      if (options.json === true) return printJson(found)
      const rows = found.sights.map(sight => [sight.login, sight.purpose, ...sightCells(sight)])
      print(formatTable(['who', 'purpose', 'rows', 'columns', 'rules'], rows))
      const { logins, elsewhere } = found.directory
      const others = elsewhere === 0 ? '' : `, and ${elsewhere} left out, of issuers that this domain does not trust`
      note(`${logins} logins of the directory were looked at${others}`)
    })
}

/** Which rows, each column that shows something, and the rules of both. */
export function sightCells({ rows, columns }: Sight): [string, string, string] {
  const byProtection = new Map<string, string[]>()
  for (const { name, protection } of columns) byProtection.set(protection, [...(byProtection.get(protection) ?? []), name])
  const told = [...byProtection].map(([protection, names]) => `${names.join(' ')}: ${protection}`)
  const rules = new Set([...rows.rules, ...columns.flatMap(column => column.rules)])
  return [rows.condition ?? rows.visible, told.join('; '), [...rules].sort().join(' ')]
}
