import { writtenValue } from '../cast.ts'
import { quotedName, textLiteral } from '../sql-text.ts'
import { tokenColumn } from '../token-column.ts'
import type { TableJob } from '../wire.ts'
import type { Checked } from './check-table.ts'
import type { Scanned } from './scan-file.ts'
import type { Session } from './session.ts'
import { tokenised } from './tokens.ts'

/** The rows that passed, typed, in their order; behind the columns of the contract those of the tokens. */
export async function writeTable(session: Session, job: TableJob, checked: Checked): Promise<void> {
  const { table } = job
  const indices = tokenised(job)
  const columns = table.columns.map(({ name, type }) => `${quotedName(name)} ${type}`)
  const tokens = indices.map(index => `${quotedName(tokenColumn(table.columns[index]!.name))} VARCHAR`)
  const target = `data.main.${quotedName(table.name)}`
  await session.run(`CREATE TABLE ${target} (${[...columns, ...tokens].join(', ')})`)
  const values = [...table.columns.map(({ type }, index) => writtenValue(`raw.c${index}`, type)), ...indices.map(index => `t${index}`)]
  const from = indices.length === 0 ? 'raw' : 'raw POSITIONAL JOIN tokens'
  const without = checked.quarantined === 0 ? '' : 'WHERE raw.rowid NOT IN (SELECT row FROM bad)'
  await session.run(`INSERT INTO ${target} SELECT ${values.join(', ')} FROM ${from} ${without}`)
  const [rows] = await session.row(`SELECT count(*) FROM ${target}`)
  if (rows !== checked.rows) throw new Error('not every row was written')
}

/** The rows that failed, as the texts they are, with the line each begins on and the rules that it fails. */
export async function writeQuarantine(session: Session, { table }: TableJob, { shifts }: Scanned, { quarantined }: Checked): Promise<void> {
  const target = `quarantine.main.${quotedName(table.name)}`
  const columns = table.columns.map(({ name }) => `${quotedName(name)} VARCHAR`)
  await session.run(`CREATE TABLE ${target} (${columns.join(', ')}, "~line" BIGINT, "~reasons" VARCHAR[])`)
  if (quarantined === 0) return
  const texts = table.columns.map((_, index) => `raw.c${index}`)
  const shifted = shifts === undefined ? '' : 'ASOF LEFT JOIN shifts ON rows.row >= shifts.before'
  if (shifts !== undefined)
    await session.run(`CREATE TABLE shifts AS SELECT * FROM read_csv(${textLiteral(shifts)}, auto_detect = false, header = false,
      columns = {'before': 'BIGINT', 'extra': 'BIGINT'})`)
  await session.run(`INSERT INTO ${target}
    WITH rows AS (SELECT row, list(reason ORDER BY reason) AS reasons FROM bad GROUP BY row),
    placed AS (SELECT rows.*, row + 2 + ${shifts === undefined ? '0' : 'coalesce(extra, 0)'} AS line FROM rows ${shifted})
    SELECT ${texts.join(', ')}, line, reasons FROM placed JOIN raw ON raw.rowid = placed.row ORDER BY line`)
}
