import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { quotedName, textLiteral } from '../sql-text.ts'
import type { DataProblem, FileDigest, FromChild, Job, LoadedTable, Stage, TableJob } from '../wire.ts'
import { checkTable } from './check-table.ts'
import { DataError } from './data-error.ts'
import { createRaw } from './raw-table.ts'
import { type Scanned, scanFile } from './scan-file.ts'
import { openSession, type Session, scratchDir } from './session.ts'
import { createTokens, type TokenKeys, tokenKeys } from './tokens.ts'
import { writeSets } from './write-sets.ts'
import { writeQuarantine, writeTable } from './write-table.ts'

interface Readable {
  readonly job: TableJob
  readonly scanned: Scanned
}

export interface Loaded {
  readonly tables: readonly LoadedTable[]
  readonly files: readonly FileDigest[]
}

/** Reads, checks and writes all tables of a product. Throws DataError with the problems of all its files. */
export async function loadProduct(job: Job, say: (message: FromChild) => void): Promise<Loaded> {
  mkdirSync(scratchDir(job), { mode: 0o700 })
  const readable = await collect(job.tables, table => scanTable(job, table, say))
  const session = await openSession(
    job,
    readable.map(({ job: { path } }) => path),
  )
  for (const name of ['data', 'quarantine']) await session.run(`ATTACH ${textLiteral(join(job.dir, `${name}.duckdb`))} AS ${name}`)
  const keys = tokenKeys(job.keys)
  const tables = await collect(readable, table => loadTable(session, table, keys, say))
  await writeSets(
    session,
    readable.map(({ job: { table } }) => table),
  )
  for (const name of ['data', 'quarantine']) {
    await session.run(`CHECKPOINT ${name}`)
    await session.run(`DETACH ${name}`)
  }
  session.close()
  return { tables, files: readable.map(({ scanned }) => scanned.digest) }
}

/** Does all, so that all problems are found at once. */
async function collect<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const problems: DataProblem[] = []
  for (const item of items) {
    try {
      results.push(await work(item))
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      problems.push(...error.problems)
    }
  }
  if (problems.length > 0) throw new DataError(problems)
  return results
}

async function scanTable(job: Job, table: TableJob, say: (message: FromChild) => void): Promise<Readable> {
  const scanned = await scanFile(table, join(scratchDir(job), `${table.table.name}.csv`), progress(table, 'read', say))
  const ignored = scanned.map.width - table.table.columns.length
  if (ignored > 0) say({ kind: 'note', file: table.shown, what: `${ignored} columns are not in the contract and were left out` })
  return { job: table, scanned }
}

function progress({ table }: TableJob, stage: Stage, say: (message: FromChild) => void): (rows: number) => void {
  return rows => say({ kind: 'progress', table: table.name, rows, stage })
}

async function loadTable(
  session: Session,
  { job, scanned }: Readable,
  keys: TokenKeys,
  say: (message: FromChild) => void,
): Promise<LoadedTable> {
  await dropAll(session)
  progress(job, 'validate', say)(scanned.records)
  await createRaw(session, job, scanned)
  const checked = await checkTable(session, job, scanned.records)
  await createTokens(session, job, keys, progress(job, 'tokens', say))
  progress(job, 'write', say)(0)
  await writeTable(session, job, checked)
  await writeQuarantine(session, job, scanned, checked)
  progress(job, 'write', say)(checked.rows)
  return { table: job.table.name, ...checked }
}

/** What the table before needed. */
async function dropAll(session: Session): Promise<void> {
  const reader = await session.connection.runAndReadAll(`SELECT table_name FROM duckdb_tables() WHERE database_name = 'memory'`)
  for (const [name] of reader.getRows()) await session.run(`DROP TABLE memory.main.${quotedName(String(name))}`)
}
