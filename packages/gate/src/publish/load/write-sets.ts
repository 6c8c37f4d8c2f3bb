import type { ReachedSet, Table } from '@selvage/kernel/contract'
import { setColumn } from '../set-column.ts'
import { quotedName } from '../sql-text.ts'
import type { Session } from './session.ts'

/** The sets of all tables, of the rows that passed, once all tables are written. Each row of a table has the place that it had. */
export async function writeSets(session: Session, tables: readonly Table[]): Promise<void> {
  for (const table of tables) if (table.sets !== undefined) await writeTableSets(session, table, table.sets)
}

async function writeTableSets(session: Session, table: Table, sets: readonly ReachedSet[]): Promise<void> {
  const target = placeOf(table.name)
  const made = placeOf('~made')
  const [before] = await session.row(`SELECT count(*) FROM ${target}`)
  const columns = sets.map(({ name, element }, at) => `coalesce(s${at}.items, []::${element}[]) AS ${quotedName(setColumn(name))}`)
  const joins = sets.map((set, at) => `LEFT JOIN (${collected(set)}) s${at} ON s${at}.key = base.${quotedName(set.key)}`)
  await session.run(
    `CREATE TABLE ${made} AS SELECT base.*, ${columns.join(', ')} FROM ${target} base ${joins.join(' ')} ORDER BY base.rowid`,
  )
  const [after] = await session.row(`SELECT count(*) FROM ${made}`)
  if (before !== after) throw new Error('not every row has its sets')
  await session.run(`DROP TABLE ${target}`)
  await session.run(`ALTER TABLE ${made} RENAME TO ${quotedName(table.name)}`)
}

const placeOf = (name: string): string => `data.main.${quotedName(name)}`

/** In one order, so that equal sets are equal lists. */
function collected({ from, foreignKey, collect, element }: ReachedSet): string {
  const [key, value] = [quotedName(foreignKey), quotedName(collect)]
  const items = `list(DISTINCT ${value}::${element} ORDER BY ${value}::${element})`
  return `SELECT ${key} AS key, ${items} AS items FROM ${placeOf(from)} WHERE ${key} IS NOT NULL AND ${value} IS NOT NULL GROUP BY ${key}`
}
