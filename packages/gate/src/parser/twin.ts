import type { DuckDBConnection, DuckDBInstance, DuckDBPreparedStatement } from '@duckdb/node-api'
import { tableParts } from '@selvage/kernel/model'
import { lockDatabase, openDatabase, quoteName } from '../execute/database.ts'
import { parseEngineError } from '../execute/engine-error.ts'
import type { ResultColumn } from '../execute/message.ts'
import { bindParameters, type Parameters } from '../execute/parameter.ts'
import type { SchemaTable } from './message.ts'
import { withNames, withoutNames } from './nameless-fields.ts'

const memoryMb = 64

/** An empty database with exactly what one subject may discover. Its binder can name nothing else. */
export class Twin {
  readonly #database: DuckDBInstance
  readonly #connection: DuckDBConnection

  private constructor(database: DuckDBInstance, connection: DuckDBConnection) {
    this.#database = database
    this.#connection = connection
  }

  static async open(tables: readonly SchemaTable[]): Promise<Twin> {
    const database = await openDatabase({ memoryMb, threads: 1 })
    const connection = await database.connect()
    for (const statement of creation(tables)) await connection.run(statement)
    // Constants are not to be computed while a statement is only looked at.
    await connection.run('PRAGMA disable_optimizer')
    await lockDatabase(connection)
    return new Twin(database, connection)
  }

  close(): void {
    this.#connection.closeSync()
    this.#database.closeSync()
  }

  /** Names and types of the statement's output, over the original text. Throws what the engine throws. */
  async bind(sql: string, parameters: Parameters | undefined): Promise<readonly ResultColumn[]> {
    const statement = await this.#connection.prepare(sql)
    try {
      bindParameters(statement, parameters, true)
      return statement.parameterCount > 0 ? await this.#describe(sql, parameters) : preparedColumns(statement)
    } finally {
      statement.destroySync()
    }
  }

  /** Types may depend on those of the values, which no preparation knows. */
  async #describe(sql: string, parameters: Parameters | undefined): Promise<readonly ResultColumn[]> {
    // The binding drops a byte order mark at the beginning of a text, not behind a character of ours.
    const described = (of: string): string => `SELECT '_' || column_name, column_type FROM (DESCRIBE ${of}\n)`
    const plain = sql.replace(/[;\s]+$/, '')
    const statement = await this.#connection.prepare(described(plain)).catch(error => {
      // A DESCRIBE or SUMMARIZE is no SELECT to it, unless it stands in a FROM.
      if (parseEngineError(error).type !== 'parser') throw error
      return this.#connection.prepare(described(`FROM (${plain}\n)`))
    })
    try {
      bindParameters(statement, parameters, true)
      const rows = await (await statement.run()).getRows()
      const types = await this.#typeNames(rows.map(row => String(row[1])))
      return rows.map((row, i) => ({ name: String(row[0]).slice(1), type: types[i]! }))
    } finally {
      statement.destroySync()
    }
  }

  /** DESCRIBE writes some types otherwise than a result does. @param types as the engine wrote them */
  async #typeNames(types: readonly string[]): Promise<readonly string[]> {
    const statement = await this.#connection.prepare(`SELECT ${types.map(type => `NULL::${withNames(type)}`).join(', ')}`)
    try {
      return preparedColumns(statement).map(({ type }) => withoutNames(type))
    } finally {
      statement.destroySync()
    }
  }
}

function preparedColumns(statement: DuckDBPreparedStatement): readonly ResultColumn[] {
  return Array.from({ length: statement.columnCount }, (_, i) => ({
    name: statement.columnName(i),
    type: statement.columnType(i).toString(),
  }))
}

function creation(tables: readonly SchemaTable[]): readonly string[] {
  const named = tables.map(table => ({ ...tableParts(table.id), columns: table.columns }))
  const catalogs = new Set(named.map(({ domain }) => `ATTACH ':memory:' AS ${quoteName(domain)}`))
  const schemas = new Set(named.map(({ domain, product }) => `CREATE SCHEMA ${quoteName(domain)}.${quoteName(product)}`))
  // The engine has no table without a column; a table none of whose columns one may discover is not there.
  const created = named
    .filter(({ columns }) => columns.length > 0)
    .map(
      ({ domain, product, table, columns }) =>
        `CREATE TABLE ${[domain, product, table].map(quoteName).join('.')} (${columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ')})`,
    )
  return [...catalogs, ...schemas, ...created]
}
