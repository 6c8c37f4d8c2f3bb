import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api'
import { Recent } from '../recent.ts'
import { collect } from './garbage.ts'
import type { Parameters } from './parameter.ts'

/** Texts at most, and characters of all of them: what a prepared statement takes follows its text. */
const textBound = 64
const charactersBound = 131_072

/**
 * Of rows that wait to be fetched. The engine counts rows, and holds a whole vector for each piece of one: where a row in 2,048 is asked
 * for, what it holds is up to 2,048 times this and a vector for each thread (64 MiB and more, not counted in its own bound; 2 GiB as it is by default).
 */
const buffered = '32KiB'

/**
 * One connection, and the statements that were prepared in it: to prepare costs as much as to run, where little is
 * read. Settings are locked and nothing but SELECT gets here, so a connection has no state that one statement could
 * leave to the next. After a failure or a cancelled statement all that it holds is let go.
 */
export class KeptStatements {
  readonly #connection: DuckDBConnection
  readonly #kept = new Recent<string, DuckDBPreparedStatement>(textBound, charactersBound, statement => statement.destroySync())

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  /** Before settings are locked: its own is one that each connection has for itself. */
  static async open(database: DuckDBInstance): Promise<KeptStatements> {
    const connection = await database.connect()
    await connection.run(`SET streaming_buffer_size = '${buffered}'`)
    return new KeptStatements(connection)
  }

  get connection(): DuckDBConnection {
    return this.#connection
  }

  /** The caller runs it once and hands it back with `keep`. Types are part of a plan, so each combination has its own. */
  async prepare(sql: string, parameters: Parameters | undefined): Promise<DuckDBPreparedStatement> {
    return this.#kept.take(keyOf(sql, parameters)) ?? this.#connection.prepare(sql)
  }

  /** A sample is drawn when it is planned: kept, it would be the same one each time. */
  keep(sql: string, parameters: Parameters | undefined, statement: DuckDBPreparedStatement): void {
    if (/sample/i.test(sql)) statement.destroySync()
    else this.#kept.set(keyOf(sql, parameters), statement, sql.length)
  }

  /**
   * What is prepared, and what a statement that did not come to its end still holds and does: the next one in a connection ends it. May take
   * as long as that does, where the engine does not look whether it is to stop.
   */
  async clear(): Promise<void> {
    this.#kept.clear()
    this.#connection.interrupt()
    await this.#connection.run('SELECT 0')
    await collect()
  }
}

const keyOf = (sql: string, parameters: Parameters | undefined): string =>
  `${Object.entries(parameters ?? {})
    .map(([name, value]) => `${JSON.stringify(name)} ${typeOf(value)}`)
    .join()} ${sql}`

const typeOf = (value: unknown): string => (value === null ? 'null' : Number.isInteger(value) ? 'integer' : typeof value)
