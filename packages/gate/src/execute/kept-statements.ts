import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api'
import { Recent } from '../recent.ts'
import type { Parameters } from './parameter.ts'

/** Texts at most, and characters of all of them: what a prepared statement takes follows its text. */
const textBound = 64
const charactersBound = 131_072

/**
 * One connection, and the statements that were prepared in it: to prepare costs as much as to run, where little is
 * read. Settings are locked and nothing but SELECT gets here, so a connection has no state that one statement could
 * leave to the next. After a failure or a cancelled statement all of it is let go.
 */
export class KeptStatements {
  readonly #connection: DuckDBConnection
  readonly #kept = new Recent<string, DuckDBPreparedStatement>(textBound, charactersBound, statement => statement.destroySync())

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection
  }

  static async open(database: DuckDBInstance): Promise<KeptStatements> {
    return new KeptStatements(await database.connect())
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

  close(): void {
    this.#kept.clear()
    this.#connection.closeSync()
  }
}

const keyOf = (sql: string, parameters: Parameters | undefined): string =>
  `${Object.entries(parameters ?? {})
    .map(([name, value]) => `${JSON.stringify(name)} ${typeOf(value)}`)
    .join()} ${sql}`

const typeOf = (value: unknown): string => (value === null ? 'null' : Number.isInteger(value) ? 'integer' : typeof value)
