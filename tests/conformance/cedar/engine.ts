import { DuckDBInstance } from '@duckdb/node-api'
import type { Table } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { type Expr, findCedarType, type Row } from '@selvage/kernel/policy'
import { fitCondition } from '../../../packages/kernel/src/query/fit-condition.ts'
import { printCondition, printFilter } from '../../../packages/kernel/src/query/print-condition.ts'
import { printLiteral } from '../../../packages/kernel/src/query/sql-literal.ts'

/** For each row and each condition, what DuckDB says: of its exact form, and as a filter. */
export type Engine = (
  table: Table,
  rows: readonly Row[],
  conditions: readonly Expr[],
) => Promise<readonly (readonly { readonly exact: unknown; readonly filter: unknown }[])[]>

/** `changed`: for planted bugs. */
export async function openEngine(changed: (sql: string) => string = same => same): Promise<Engine> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect()
  return async (table, rows, conditions) => {
    const typeOf = (name: Name) =>
      table.sets?.find(set => set.name === name)?.element ?? table.columns.find(column => column.name === name)!.type
    const outputs = conditions
      .map(expr => fitCondition(expr, typeOf))
      .flatMap(expr => [printCondition(expr, quoted), `CASE WHEN ${printFilter(expr, quoted)} THEN TRUE ELSE FALSE END`])
    const reader = await connection.runAndReadAll(`SELECT ${changed(outputs.join(', '))} FROM (${relation(table, rows)}) ORDER BY "#"`)
    return reader.getRows().map(row => conditions.map((_, at) => ({ exact: row[2 * at], filter: row[2 * at + 1] })))
  }
}

const quoted = (name: Name): string => `"${name}"`

/** Only what policies can read: all else is no attribute. */
function relation(table: Table, rows: readonly Row[]): string {
  const columns = table.columns.filter(column => findCedarType(column.type) !== undefined)
  const lines = rows.map((row, at) => {
    const cells = columns.map(({ name, type }) => {
      const value = row[name] ?? null
      if (typeof value === 'object' && value !== null) throw new TypeError('a column that holds a set')
      return `CAST(${value === null ? 'NULL' : printLiteral(value)} AS ${type}) AS ${quoted(name)}`
    })
    const sets = (table.sets ?? []).map(({ name, element }) => {
      const value = row[name] ?? []
      if (typeof value !== 'object') throw new TypeError('a set that is none')
      return `CAST([${value.map(printLiteral).join(', ')}] AS ${element}[]) AS ${quoted(name)}`
    })
    return `SELECT ${at} AS "#", ${[...cells, ...sets].join(', ')}`
  })
  return lines.join(' UNION ALL ')
}
