import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { textLiteral } from '../sql-text.ts'
import type { Job } from '../wire.ts'

/** The loader's own engine: in memory, spilling into the job's folder, reaching `files` and that folder only. */
export interface Session {
  readonly run: (sql: string) => Promise<void>
  /** The only row of a statement; counts are numbers. */
  readonly row: (sql: string) => Promise<readonly number[]>
  readonly connection: DuckDBConnection
  /** A second connection, for writing while a result of the first is read. */
  readonly second: DuckDBConnection
  readonly close: () => void
}

/** Holds what is needed while loading only. */
export const scratchDir = (job: Job): string => join(job.dir, 'scratch')

export async function openSession(job: Job, files: readonly string[]): Promise<Session> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(job.threads),
    memory_limit: `${job.memoryMb}MiB`,
    temp_directory: scratchDir(job),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  const run = async (sql: string): Promise<void> => void (await connection.run(sql))
  await run(`SET TimeZone = 'UTC'`)
  // Given with the others it would be shown and not kept.
  await run(`SET GLOBAL max_temp_directory_size = '${job.tempMb}MiB'`)
  // Joins keep the file's rows on the probing side, and so their order.
  await run(`SET disabled_optimizers = 'join_order,build_side_probe_side'`)
  await run(`SET allowed_paths = [${files.map(textLiteral).join(', ')}]`)
  await run(`SET allowed_directories = [${textLiteral(`${job.dir}/`)}]`)
  await run('SET enable_external_access = false')
  await run('SET lock_configuration = true')
  const second = await instance.connect()
  return {
    run,
    row: async sql => (await connection.runAndReadAll(sql)).getRows()[0]!.map(Number),
    connection,
    second,
    close: () => {
      connection.closeSync()
      second.closeSync()
      instance.closeSync()
    },
  }
}
