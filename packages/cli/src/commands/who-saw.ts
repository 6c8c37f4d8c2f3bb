import type { Command } from 'commander'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import { callGate } from '../gate-client.ts'
import { whoever } from '../login/asking.ts'
import { note, print, printJson } from '../output.ts'
import { gateOf, readDevState, stateDir } from '../state.ts'
import { formatTable } from '../table.ts'

const texts = z.array(z.string())
const access = z.looseObject({
  origin: z.string(),
  index: z.number(),
  time: z.string(),
  subject: z.string(),
  agents: texts,
  purpose: z.string(),
  table: z.string(),
  columns: texts,
  rules: texts,
})
const shape = z.looseObject({ accesses: z.array(access), truncated: z.boolean(), receipt: z.looseObject({ origin: z.string() }) })

export function whoSawCommand(program: Command): void {
  program
    .command('who-saw')
    .description('who was given rows of a product, table or column; needs `audit` on it')
    .argument('<product[.table[.column]]>', 'such as sales.crm.customer.email')
    .option('--as <login[@issuer]>', 'a demo login; left out: who is logged in, else auditor')
    .option('--limit <n>', 'newest accesses at most', '100')
    .option('--state <dir>', 'state folder of the running mesh')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  selvage who-saw sales.crm.customer.email --as sales-owner')
    .action(async (resource: string, options: { as?: string; limit: string; state?: string; json?: boolean }) => {
      const limit = Number(options.limit)
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new CommandError('usage', '--limit is a number from 1 to 10000')
      const dir = stateDir(options.state)
      const state = readDevState(dir)
      const caller = await whoever(dir, options.as, 'auditor')
      const body = { resource, limit }
      const found = await callGate({ gate: gateOf(state, resource).http, path: '/v1/who-saw', caller, body }, shape)
      if (options.json === true) return printJson(found)
      const rows = found.accesses.map(access => [
        entryOf(access, found.receipt),
        access.time,
        [access.subject, ...access.agents].join(' by '),
        access.purpose,
        access.table,
        access.columns.join(' '),
        access.rules.join(' '),
      ])
      print(formatTable(['entry', 'time', 'who', 'purpose', 'table', 'columns', 'rules'], rows))
      if (found.truncated) note(`only the newest ${rows.length}; --limit shows more`)
    })
}

/** The index; with the year before it where the entry is in another log than the one in use. */
const entryOf = ({ origin, index }: { origin: string; index: number }, receipt: { origin: string }): string =>
  origin === receipt.origin ? String(index) : `${origin.slice(origin.lastIndexOf('/') + 1)}/${index}`
