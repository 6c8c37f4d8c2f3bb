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
  switch (change.kind) {
    case 'purpose':
      return `purpose ${change.purpose}`
    case 'grant':
      return `a permit of the owner of ${change.domain}`
    case 'group':
      return `group ${change.group}`
    case 'device':
      return `device ${change.device}, in order`
    case 'signal':
      return `device ${change.signal}`
    case 'observed':
      return 'device observed anew'
    case 'method':
      return `device known as ${change.method}`
    case 'proof':
      return `proof ${change.proof}`
    case 'known':
      return `no ${change.degraded.join(' and ')}`
    case 'role':
      return `role ${change.role}${whose(change.agent)}`
    case 'attribute':
      return change.among
        ? `${change.value} among the ${change.name}${whose(change.agent)}`
        : `${change.name}${whose(change.agent)} ${change.value}`
  }
}

const whose = (agent: string | undefined): string => (agent === undefined ? '' : ` of ${agent}`)

const because = (rules: Explained['rows']['rules']): string => (rules.length === 0 ? '' : `, by ${rules.map(rule => rule.id).join(', ')}`)
