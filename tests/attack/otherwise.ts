type Row = Record<string, string>

/**
 * A table with other hidden values, in other numbers. What every form of filter hides are the rows of `US`; of the
 * others `secret` and `phone`, the day of `birth`, what is `spent` by customers of somebody else, notes behind their
 * first letter, and visits but those that a form asks for.
 */
const changes = {
  customer: (row: Row): Row[] =>
    row.country === 'US'
      ? hiddenRows(row, 'customer_id', { first_name: '1', email: 'x', spent: '1.00', joined: '2000-01-01 00:00:00', score: '1' })
      : [{ ...row, secret: '1', phone: '2', birth: row.birth!.slice(0, 4) && `${row.birth!.slice(0, 4)}-02-03`, spent: spentOf(row) }],
  visit: (row: Row): Row[] =>
    row.site === 'north'
      ? [row]
      : [
          { ...row, site: '1' },
          { ...row, visit_id: `${1_000 + Number(row.visit_id)}`, site: '2' },
        ],
  invoice: (row: Row): Row[] =>
    row.country === 'US'
      ? hiddenRows(row, 'invoice_id', { customer_id: '1', invoice_date: '2000-01-01 00:00:00', total: '1.00', note: '1' })
      : [row],
  ledger: (row: Row): Row[] => [{ ...row, entry: '1' }],
} as const

const spentOf = ({ support_rep_id: rep, spent }: Row): string => (rep === '3' ? spent! : '1.00')

/** Half of them are gone, and each of the others is there three times. */
function hiddenRows(row: Row, key: string, changed: Row): Row[] {
  if (row[key]!.length > 3 || Number(row[key]) % 2 === 0) return []
  return [0, 1, 2].map(i => ({ ...row, ...changed, [key]: `${1_000 + Number(row[key]) * 10 + i}` }))
}

export function otherwise(table: keyof typeof changes, text: string): string {
  const [header = '', ...lines] = text.trimEnd().split('\n')
  const names = header.split(',')
  const rows = lines.flatMap(line => changes[table](Object.fromEntries(cellsOf(line).map((cell, i) => [names[i]!, cell]))))
  // A few that are hidden stand first, so that the visible ones stand elsewhere too.
  return `${[header, ...rows.map(row => names.map(name => row[name] ?? '').join(','))].join('\n')}\n`
}

/** Cells as they are written, quotes and all. */
const cellsOf = (line: string): readonly string[] => [...line.matchAll(/(?<=^|,)("(?:[^"]|"")*"|[^,"]*)(?=,|$)/g)].map(([cell]) => cell)
