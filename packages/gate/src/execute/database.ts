import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

interface DatabaseOptions {
  readonly memoryMb: number
  readonly threads: number
  /** Absent: nothing is ever spilled. */
  readonly temp?: { readonly dir: string; readonly mb: number }
}

/** An empty in-memory instance that loads nothing by itself. It is not locked yet. */
export function openDatabase({ memoryMb, threads, temp }: DatabaseOptions): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MiB`,
    temp_directory: temp?.dir ?? '',
    ...(temp === undefined ? {} : { max_temp_directory_size: `${temp.mb}MiB` }),
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    // Engine text is for us to map, not to pass on.
    errors_as_json: 'true',
  })
}

/**
 * From here on nothing outside can be reached and no setting can be changed, in any connection. Statistics of a
 * hidden row would otherwise be known to the planner, and to who asks it.
 */
export async function lockDatabase(connection: DuckDBConnection): Promise<void> {
  for (const statement of [
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL Calendar = 'gregorian'",
    "SET GLOBAL disabled_optimizers = 'statistics_propagation'",
    'SET GLOBAL enable_external_access = false',
    'SET GLOBAL lock_configuration = true',
  ])
    await connection.run(statement)
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`
