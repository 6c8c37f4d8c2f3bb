import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

interface DatabaseOptions {
  readonly memoryMb: number
  readonly threads: number
  /** Absent: nothing is ever spilled. */
  readonly temp?: { readonly dir: string; readonly mb: number }
}

/** An empty in-memory instance that loads nothing by itself. It is not locked yet. */
export async function openDatabase({ memoryMb, threads, temp }: DatabaseOptions): Promise<DuckDBInstance> {
  const database = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MiB`,
    temp_directory: temp?.dir ?? '',
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    allow_persistent_secrets: 'false',
    // Engine text is for us to map, not to pass on.
    errors_as_json: 'true',
  })
  if (temp !== undefined) await boundTemporary(database, temp.mb)
  return database
}

/** Given with the others, when the instance is made, the engine (1.5.6) shows this bound and does not keep to it. */
async function boundTemporary(database: DuckDBInstance, mb: number): Promise<void> {
  const connection = await database.connect()
  await connection.run(`SET GLOBAL max_temp_directory_size = '${mb}MiB'`)
  connection.closeSync()
}

/** Statistics of a hidden row would otherwise be known to the planner, and to who asks it. */
const alwaysDisabled = ['statistics_propagation']

/**
 * Whatever chooses by the sizes of tables, hidden rows among them. CTEs are kept apart: secured relations stand in one
 * each, which gives its rows on in full vectors, so that nothing sees how they lay among the hidden ones.
 * `top_n_window_elimination` fails where the order of joins is left as written (1.5.6).
 */
const strictlyDisabled = ['join_order', 'build_side_probe_side', 'cte_inlining', 'cte_filter_pusher', 'top_n_window_elimination']

/** From here on nothing outside can be reached and no setting can be changed, in any connection. */
export async function lockDatabase(connection: DuckDBConnection, strict = false): Promise<void> {
  const disabled = [...alwaysDisabled, ...(strict ? strictlyDisabled : [])]
  for (const statement of [
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL Calendar = 'gregorian'",
    `SET GLOBAL disabled_optimizers = '${disabled.join(',')}'`,
    'SET GLOBAL enable_external_access = false',
    'SET GLOBAL lock_configuration = true',
  ])
    await connection.run(statement)
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`
