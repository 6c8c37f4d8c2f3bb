import type { Command } from 'commander'
import { type Explained, explanationShape, type ToldChange } from '../explanation.ts'
import { callGate } from '../gate-client.ts'
import { colour, print, printJson } from '../output.ts'
import { formatTable } from '../table.ts'
import { plain } from '../text.ts'
import { type AskOptions, askOptions, askStatement } from './query.ts'

export function whyCommand(program: Command): void {
  askOptions(program.command('why').description('explain what a statement would give, without running it').argument('<sql>'))
    .addHelpText('after', '\nExample:\n  selvage why --as analyst --purpose analytics "SELECT email FROM sales.crm.customer"')
    .action(async (sql: string, options: AskOptions) => {
      const explanation = await askStatement(sql, options, question => callGate({ ...question, path: '/v1/why' }, explanationShape))
      if (options.json === true) return printJson(explanation)
      print(plain(`labels of what it touches: ${explanation.labels.join(', ')}`))
      for (const table of explanation.tables) tell(table)
    })
}

function tell({ table, rows, columns }: Explained): void {
  print(plain(`${table}: ${rows.visible} rows${because(rows.rules)}`))
  const lines = columns.map(({ name, used, protection, rules }) => [
    name,
    used ? 'used' : '',
    protection.kind,
    rules.map(({ id }) => id).join(', '),
  ])
  print(formatTable(['column', 'used', 'protection', 'rules'], lines))
  const all = [...rows.rules, ...columns.flatMap(column => column.rules)]
  for (const { id, reason } of new Map(all.map(rule => [rule.id, rule])).values())
    if (reason !== undefined) print(plain(`  ${id}: ${reason}`))
  for (const { changes, visible } of rows.wouldChange) print(plain(`  with ${words(changes)}: ${visible} rows`))
  for (const [what, names] of changedColumns(columns)) print(colour.dim(plain(`  with ${what}: ${names.join(', ')}`)))
}

/** What would change, and of which columns: the same for many, mostly. */
function changedColumns(columns: Explained['columns']): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const { name, used, wouldChange } of columns)
    for (const { changes, kind } of used ? wouldChange : []) {
      const key = words(changes)
      found.set(key, [...(found.get(key) ?? []), `${name} ${kind}`])
    }
  return found
}

const words = (changes: readonly ToldChange[]): string => changes.map(wordsOf).join(' and ')

function wordsOf(change: ToldChange): string {
  if (change.kind === 'purpose') return `purpose ${change.purpose}`
  if (change.kind === 'grant') return `a permit of the owner of ${change.domain}`
  if (change.kind === 'device') return `device ${change.device}`
  if (change.kind === 'group') return `group ${change.group}`
  const who = change.agent === undefined ? '' : ` of ${change.agent}`
  if (change.kind === 'role') return `role ${change.role}${who}`
  return change.among ? `${change.value} among the ${change.name}${who}` : `${change.name}${who} ${String(change.value)}`
}

const because = (rules: Explained['rows']['rules']): string => (rules.length === 0 ? '' : `, by ${rules.map(rule => rule.id).join(', ')}`)
