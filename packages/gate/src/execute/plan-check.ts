import type { DuckDBConnection } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import { Recent } from '../recent.ts'
import { digestOf } from './digest.ts'
import type { RunMessage } from './message.ts'
import { bindParameters } from './parameter.ts'

/** Statements whose plan is remembered, by digest. */
const planBound = 1_000

/**
 * A second opinion on the columns that a statement touches: the engine's own plan. Our scope resolver looks at the
 * text and says more rather than less, so whatever the plan scans must be among it.
 */
export class PlanCheck {
  readonly #passed = new Recent<string, true>(planBound)
  readonly #columns = new Map<string, ReadonlySet<string>>()

  /**
   * Throws `engine.refused`. `columnsAllowed` holds `catalog.schema.table` to columns, those of the row filters among
   * them; where it is absent nothing is checked. A plan may depend on the values of parameters: so does what is remembered.
   */
  async check(connection: DuckDBConnection, message: RunMessage): Promise<void> {
    const { sql, columnsAllowed, parameters } = message
    if (columnsAllowed === undefined) return
    const key = digestOf([sql, JSON.stringify(columnsAllowed), JSON.stringify(parameters ?? null)])
    if (this.#passed.find(key)) return
    for (const { table, projected, filtered } of scansOf(await planOf(connection, message))) {
      const own = await this.#columnsOf(connection, table)
      // A condition holds other words too: calls, fields, names of lambdas. It reads nothing but columns of its table.
      const columns = [...projected, ...filtered.filter(name => own.has(name))]
      const foreign = Object.hasOwn(columnsAllowed, table) ? columns.find(column => !columnsAllowed[table]!.includes(column)) : ''
      if (foreign !== undefined) throw new SelvageError('engine.refused', { cause: new Error(`the plan reads ${table}.${foreign}`) })
    }
    this.#passed.set(key, true)
  }

  /** @param table `catalog.schema.table`; a child's files never change */
  async #columnsOf(connection: DuckDBConnection, table: string): Promise<ReadonlySet<string>> {
    const known = this.#columns.get(table)
    if (known !== undefined) return known
    const rows = await connection.runAndReadAll(
      "SELECT column_name FROM duckdb_columns() WHERE concat_ws('.', database_name, schema_name, table_name) = $1",
      [table],
    )
    const names = new Set(rows.getRows().map(row => logicalName(String(row[0]))))
    this.#columns.set(table, names)
    return names
  }
}

async function planOf(connection: DuckDBConnection, { sql, parameters }: RunMessage): Promise<unknown> {
  const statement = await connection.prepare(`EXPLAIN (FORMAT JSON) ${sql}`)
  try {
    bindParameters(statement, parameters, false)
    const [row] = await (await statement.run()).getRows()
    return JSON.parse(String(row?.[1]))
  } finally {
    statement.destroySync()
  }
}

interface Scan {
  readonly table: string
  readonly projected: readonly string[]
  /** All words of its conditions that may name a column. */
  readonly filtered: readonly string[]
}

function* scansOf(plan: unknown): Generator<Scan> {
  const nodes: unknown[] = [plan]
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (Array.isArray(node)) nodes.push(...node)
    else if (typeof node === 'object' && node !== null) {
      const { children, extra_info: info } = node as Readonly<Record<string, unknown>>
      // Of another form than is known: nobody can say what it reads.
      if (!Array.isArray(children) || typeof info !== 'object' || info === null)
        throw new SelvageError('engine.refused', { cause: new Error('the plan cannot be read') })
      nodes.push(children)
      const scan = scanOf(info)
      if (scan !== undefined) yield scan
    }
  }
}

function scanOf(info: unknown): Scan | undefined {
  const { Table: table, Projections: projections, Filters: filters } = { ...(info as Readonly<Record<string, unknown>> | undefined) }
  if (typeof table !== 'string') return undefined
  return { table, projected: listOf(projections).flatMap(firstName), filtered: wholeTexts(listOf(filters)).flatMap(namesIn) }
}

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [])

/** `column`, `column.field`. What is a word of SQL too stands in quotes in both. */
const firstName = (text: string): readonly string[] =>
  text === '' ? [] : [/^"?([a-z_][a-z0-9_]*(?:~(?:token|set))?)"?(?:\.|$)/.exec(text)?.[1] ?? text].map(logicalName)

/** A column's tokens stand in a column beside it, and so does what a row reaches. */
const logicalName = (name: string): string => name.replace(/~(?:token|set)$/, '')

/**
 * The engine cuts its text at every line end, one inside of a literal too: parts are put together again until their quotes
 * are closed. A literal that holds NUL is never closed, as the text ends there; then each part is read for itself.
 */
function wholeTexts(parts: readonly string[]): readonly string[] {
  const whole: string[] = []
  let open = ''
  for (const part of parts) {
    open = open === '' ? part : `${open}\n${part}`
    if (!isClosed(open)) continue
    whole.push(open)
    open = ''
  }
  return open === '' ? whole : parts
}

const isClosed = (text: string): boolean => text.split("'").length % 2 === 1

/** Of a condition: its lower-case words outside of literals, quoted or not, that call nothing. */
const namesIn = (text: string): readonly string[] =>
  [...text.replace(/'(?:[^']|'')*(?:'|$)/g, '').matchAll(/(?<![\w.])"?([a-z_][a-z0-9_]*(?:~(?:token|set))?)\b"?(?!\w|\s*\()/g)].map(
    ([, name]) => logicalName(name!),
  )
