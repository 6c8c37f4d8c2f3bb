import { liesAt, ownPath } from '../open-source.ts'
import { quotedName, textLiteral } from '../sql-text.ts'
import type { TableJob } from '../wire.ts'
import { changedFile } from './data-error.ts'
import { fileState, type Scanned } from './scan-file.ts'
import type { Session } from './session.ts'

/**
 * The table `raw`: the file's records in their order as texts `c0`, `c1`, … in the order of the contract; `rowid`
 * counts them from 0. An empty field is NULL. An empty field in quotes is the empty text in a column of text, and
 * NULL in every other, whose types have no empty value.
 */
export async function createRaw(session: Session, job: TableJob, scanned: Scanned): Promise<void> {
  try {
    await session.run(`CREATE TABLE raw AS SELECT ${selected(job, scanned)} FROM ${reader(job, scanned)}`)
    await verifyUnchanged(job, scanned)
  } catch (error) {
    // The engine follows the open file to its name of now, and opens none but those it was allowed.
    throw (await liesAt(scanned.handle, job.path)) ? error : changedFile(job.shown)
  } finally {
    await scanned.handle.close()
  }
  await verifyRead(session, job, scanned)
}

function selected({ table }: TableJob, { map: { fields } }: Scanned): string {
  return table.columns
    .map(({ type }, index) => (type === 'VARCHAR' ? `f${fields[index]} AS c${index}` : `nullif(f${fields[index]}, '') AS c${index}`))
    .join(', ')
}

function reader({ delimiter }: TableJob, { map, handle }: Scanned): string {
  const columns = Array.from({ length: map.width }, (_, index) => `'f${index}': 'VARCHAR'`).join(', ')
  return `read_csv(${textLiteral(ownPath(handle.fd))}, auto_detect = false, columns = {${columns}}, delim = ${textLiteral(delimiter)}, quote = '"', escape = '"',
    comment = '', header = false, skip = 1, nullstr = '', allow_quoted_nulls = false, strict_mode = true, null_padding = false,
    ignore_errors = false, compression = 'none', hive_partitioning = false, filename = false)`
}

/** The engine reads the file after the scanner did: what is in it must be the same. */
async function verifyUnchanged({ shown }: TableJob, { handle, state }: Scanned): Promise<void> {
  if ((await fileState(handle)) !== state) throw changedFile(shown)
}

/** What the engine read must be what the scanner read: as many records, and as many bytes in each column. */
async function verifyRead(session: Session, { table }: TableJob, { records, contentBytes, map: { fields } }: Scanned): Promise<void> {
  const sums = table.columns.map((_, index) => `coalesce(sum(strlen(${quotedName(`c${index}`)})), 0)`)
  const [rows, ...bytes] = await session.row(`SELECT count(*), ${sums.join(', ')} FROM raw`)
  const same = rows === records && fields.every((field, index) => contentBytes[field] === bytes[index])
  if (!same) throw new Error('the engine read a file otherwise than the scanner')
}
