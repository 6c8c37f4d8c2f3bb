import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Name, TableId } from '../../src/model/index.ts'
import type { TableDecision } from '../../src/policy/index.ts'
import { parseTree, printTree, rewrite, type SqlTree, securedSelect } from '../../src/query/index.ts'
import { bindings, physicalTables } from './tables.ts'

export interface Rows {
  readonly types: readonly string[]
  readonly names: readonly string[]
  readonly rows: readonly string[]
}

/** The statements of a file, one to a line. */
export const statementsOf = (file: string): readonly string[] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('--'))
    .map(line => line.replace(/;$/, ''))

/** DuckDB as the gate sets it up, with the physical tables. */
export class TestEngine {
  readonly connection: DuckDBConnection
  readonly #instance: DuckDBInstance

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance
    this.connection = connection
  }

  static async open(physical: readonly string[] = physicalTables): Promise<TestEngine> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    const engine = new TestEngine(instance, await instance.connect())
    for (const sql of ["SET disabled_optimizers = 'statistics_propagation'", "SET TimeZone = 'UTC'", ...physical])
      await engine.connection.run(sql)
    return engine
  }

  close(): void {
    this.connection.closeSync()
    this.#instance.closeSync()
  }

  async parseJson(sql: string): Promise<string> {
    const reader = await this.connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
    return String(reader.getRows()[0]?.[0])
  }

  async parse(sql: string): Promise<SqlTree> {
    return parseTree(await this.parseJson(sql))
  }

  async print(tree: SqlTree): Promise<string> {
    const reader = await this.connection.runAndReadAll('SELECT json_deserialize_sql($1::VARCHAR::JSON)', [printTree(tree)])
    return String(reader.getRows()[0]?.[0])
  }

  async run(sql: string): Promise<Rows> {
    const named = /\$[a-z]/.test(sql)
    const positional = (sql.match(/\?|\$\d/g) ?? []).map(() => 2)
    const reader = await this.connection.runAndReadAll(sql, named ? { id: 2, who: 'DE' } : positional)
    const rows = reader.getRowsJson().map(row => JSON.stringify(row))
    return {
      types: reader.columnTypes().map(String),
      names: reader.columnNames(),
      rows: sql.startsWith('/*ordered*/') ? rows : rows.toSorted(),
    }
  }
}

/** A database that physically holds only the secured relations, under the names that the asker uses. */
export async function openTwin(full: TestEngine, decisions: readonly TableDecision[]): Promise<TestEngine> {
  const dir = mkdtempSync(join(tmpdir(), 'twin-'))
  const file = join(dir, 'sales.db')
  await full.connection.run(`ATTACH '${file}' AS sales`)
  for (const schema of ['crm', 'orders']) await full.connection.run(`CREATE SCHEMA sales.${schema}`)
  for (const decision of decisions)
    await full.connection.run(`CREATE TABLE ${decision.table} AS ${securedSelect(decision, bindingOf(decision))}`)
  await full.connection.run('DETACH sales')
  const twin = await TestEngine.open([])
  await twin.connection.run(`ATTACH '${file}' AS sales (READ_ONLY)`)
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  return twin
}

export const bindingOf = (decision: TableDecision) => bindings.get(decision.table)!

let counter = 0
export const fresh = (): string => String(counter++).padStart(16, 'a')

export interface Secured {
  readonly tree: SqlTree
  readonly sql: string
  readonly templates: readonly SqlTree[]
}

export async function secure(engine: TestEngine, text: string, decisions: readonly TableDecision[], apart = false): Promise<Secured> {
  const tables = new Map<TableId, SqlTree>()
  for (const decision of decisions) tables.set(decision.table, await engine.parse(securedSelect(decision, bindingOf(decision))))
  const tree = rewrite(await engine.parse(text), { tables, fresh, apart })
  const sql = await engine.print(tree)
  return { tree, sql, templates: [...tables.values()] }
}

export const columnNames = (decisions: readonly TableDecision[]): ReadonlyMap<TableId, readonly Name[]> =>
  new Map(decisions.map(decision => [decision.table, decision.columns.map(column => column.name)]))
