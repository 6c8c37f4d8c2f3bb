import { createHmac } from 'node:crypto'
import { openReplay, type Replay } from '@selvage/cedar'
import type { Column, Domain, GeneralizeMask, SemanticType, Table } from '@selvage/kernel/contract'
import type { Row } from '@selvage/kernel/policy'
import type { SqlRequest } from '../../packages/gate/src/decide/request.ts'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { TestEngine } from '../../packages/kernel/test/query/engine.ts'
import { parsedPolicies } from './parsed-policies.ts'
import type { Party } from './stand.ts'
import { wireValue } from './wire-value.ts'

/** What a database that never held anything else says. */
export interface TwinAnswer {
  readonly names: readonly string[]
  readonly types: readonly string[]
  readonly rows: readonly string[]
}

export interface Asked {
  readonly gate: Gate
  readonly party: Party
  readonly purpose: string
  /** Of all that the statements touch; without it, of the table in hand. */
  readonly labels?: readonly string[] | undefined
  /** `domain.product.table`s and `domain.product.table.column`s that do not exist for this asker. */
  readonly undiscoverable: readonly string[]
  /** Columns, by their own name, that no rule looks at: the official engine is not told them. */
  readonly unread?: ReadonlySet<string>
  /** A table's clear rows as SQL that stands after FROM; else they are read from the suite's files. */
  readonly rowsOf?: (table: Table) => string
}

/**
 * A database that physically holds only what the asker may see. What that is, is decided row by row and cell by cell
 * on the official engine and written down naively: nothing of our evaluator, rewriter or mask printer takes part.
 */
export class Twin {
  readonly #engine: TestEngine

  private constructor(engine: TestEngine) {
    this.#engine = engine
  }

  static async open(asked: Asked): Promise<Twin> {
    const { mesh, trust } = asked.gate.generation()
    const engine = await openEmpty(trust)
    const replay = openReplay(mesh, parsedPolicies(mesh))
    for (const table of trust.products.flatMap(product => product.tables))
      if (!asked.undiscoverable.includes(table.id)) await fill(engine, asked, table, replay)
    await engine.connection.run('SET enable_external_access = false')
    return new Twin(engine)
  }

  /** A database with everything, as nobody may see it: to tell whether a protection changes an answer at all. */
  static async openClear(gate: Gate): Promise<Twin> {
    const engine = await openEmpty(gate.generation().trust)
    for (const table of gate.generation().trust.products.flatMap(product => product.tables))
      await engine.connection.run(`CREATE TABLE ${table.id} AS FROM ${csvOf(gate, table)}`)
    return new Twin(engine)
  }

  get connection(): TestEngine['connection'] {
    return this.#engine.connection
  }

  async run({ sql, parameters }: Pick<SqlRequest, 'sql' | 'parameters'>): Promise<TwinAnswer> {
    const statement = await this.#engine.connection.prepare(sql)
    for (const [name, value] of Object.entries(parameters ?? {})) {
      const index = Array.isArray(parameters) ? Number(name) + 1 : statement.parameterIndex(name)
      if (typeof value === 'number' && Number.isInteger(value)) statement.bindBigInt(index, BigInt(value))
      else if (typeof value === 'number') statement.bindDouble(index, value)
      else if (typeof value === 'boolean') statement.bindBoolean(index, value)
      else if (value === null) statement.bindNull(index)
      else statement.bindVarchar(index, value)
    }
    const reader = await statement.runAndReadAll()
    const types = reader.columnTypes().map(String)
    const rows = reader.getRows().map(row => JSON.stringify(row.map((value, i) => wireValue(value, types[i] ?? ''))))
    return { names: reader.columnNames(), types, rows }
  }

  close(): void {
    this.#engine.close()
  }
}

const openEmpty = ({ name, products }: Domain): Promise<TestEngine> =>
  TestEngine.open(['SET errors_as_json = true', `ATTACH ':memory:' AS ${name}`, ...products.map(product => `CREATE SCHEMA ${product.id}`)])

const csvOf = ({ config }: Gate, table: Table): string =>
  `read_csv('${config.dataDir}/shop/${table.name}.csv', header = true, columns = {${table.columns.map(({ name, type }) => `${name}: '${type}'`).join(', ')}})`

async function fill(engine: TestEngine, asked: Asked, table: Table, replay: Replay): Promise<void> {
  const { connection } = engine
  const clear = asked.rowsOf?.(table) ?? csvOf(asked.gate, table)
  await connection.run(`CREATE TEMP TABLE clear AS SELECT row_number() OVER () AS "row number", * FROM ${clear}`)
  const reader = await connection.runAndReadAll('SELECT * FROM clear ORDER BY 1')
  const columns = table.columns.filter(({ name }) => !asked.undiscoverable.includes(`${table.id}.${name}`))
  await connection.run(`CREATE TABLE ${table.id} AS SELECT ${columns.map(({ name }) => quoted(name)).join(', ')} FROM clear WHERE false`)
  const known = remembered(replay)
  const reached = await reachedSets(engine, asked, table)
  for (const record of reader.getRowObjects()) {
    const cells = securedCells(asked, table, columns, { record, reached: reached(record) }, known)
    if (cells !== undefined)
      await connection.run(`INSERT INTO ${table.id} SELECT ${cells.join(', ')} FROM clear WHERE "row number" = ${record['row number']}`)
  }
  await connection.run('DROP TABLE clear')
}

/** Of one table: rows that look alike to the rules are decided once. */
function remembered(replay: Replay): Replay {
  const memo = new Map<string, ReturnType<Replay>>()
  return (subject, purpose, table, row, options) => {
    const key = JSON.stringify([subject.id, purpose, row], (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
    const known = memo.get(key) ?? replay(subject, purpose, table, row, options)
    memo.set(key, known)
    return known
  }
}

type CellValue = Exclude<Row[string], object> | null

type Cells = Readonly<Record<string, unknown>>

/** What each row reaches, as it stands in the files: whatever is in a row of the other table that names its key. */
async function reachedSets(engine: TestEngine, asked: Asked, { id, sets = [] }: Table): Promise<(record: Cells) => Row> {
  const tables = asked.gate.generation().trust.products.find(({ tables: own }) => own.some(table => table.id === id))!.tables
  const all: ((record: Cells) => readonly [string, Row[string]])[] = []
  for (const { name, from, foreignKey, key, collect } of sets) {
    const other = tables.find(table => table.name === from)!
    const column = other.columns.find(candidate => candidate.name === collect)!
    const reader = await engine.connection.runAndReadAll(
      `SELECT ${quoted(foreignKey)}, ${quoted(collect)} FROM ${asked.rowsOf?.(other) ?? csvOf(asked.gate, other)}`,
    )
    const pairs = reader.getRows()
    all.push(record => {
      const own = pairs
        .filter(([named]) => named !== null && named === record[key])
        .flatMap(([, value]) => mappedValue(column, value) ?? [])
      return [name, [...new Set(own)]]
    })
  }
  return record => Object.fromEntries(all.map(of => of(record)))
}

/** SQL for each cell; undefined for a row that is not visible. */
function securedCells(
  asked: Asked,
  table: Table,
  columns: readonly Column[],
  { record, reached }: { readonly record: Cells; readonly reached: Row },
  replay: Replay,
): readonly string[] | undefined {
  const cells = table.columns.map(column => {
    const value = asked.unread?.has(column.name) === true ? null : mappedValue(column, record[column.name])
    return [column.name, value] as const
  })
  const row: Row = { ...Object.fromEntries(cells), ...reached }
  const decided = [asked.party.subject, ...asked.party.actors].map(one => replay(one, asked.purpose, table, row, { labels: asked.labels }))
  if (!decided.every(one => one.visible)) return undefined
  return columns.map(column => {
    const cells = decided.map(one => one.cells.get(column.name)!)
    if (!cells.every(cell => cell.revealed)) return 'NULL'
    const [mask, ...others] = new Set(cells.flatMap(cell => [...cell.masks]))
    if (mask === undefined) return quoted(column.name)
    return others.length > 0 ? 'NULL' : maskedCell(asked.gate, table, column, mask, mappedValue(column, record[column.name]))
  })
}

/** As policies read it: text, whole number, boolean; other types have no value there. */
function mappedValue({ type }: Column, value: unknown): CellValue {
  if (typeof value === 'number') return /INT/.test(type) ? BigInt(value) : null
  return ['string', 'bigint', 'boolean'].includes(typeof value) ? (value as CellValue) : null
}

const textLiteral = (value: string): string => `'${value.replaceAll("'", "''")}'`

const quoted = (name: string): string => `"${name}"`

function maskedCell(gate: Gate, table: Table, column: Column, mask: string, value: CellValue): string {
  const semantic = gate.generation().mesh.taxonomy.semanticTypes.get(column.semanticType ?? '')
  if (mask === 'generalize' && semantic?.generalize !== undefined) return generalized(semantic.generalize, column, value)
  if (typeof value !== 'string') return 'NULL'
  const scope = column.semanticType ?? `${table.id}.${column.name}`
  if (mask === 'token') return `'${tokenOf(gate.keys.tokenKey(scope), value)}'`
  return mask === 'partial' && semantic !== undefined ? partialOf(semantic, value) : 'NULL'
}

/** Where a mask does not fit the type, or its result does not, there is nothing. */
function generalized(mask: GeneralizeMask, { name, type }: Column, value: CellValue): string {
  const cell = quoted(name)
  if (mask.kind === 'date') return /DATE|TIMESTAMP/.test(type) ? `TRY(date_trunc('${mask.to}', ${cell})::${type})` : 'NULL'
  if (mask.kind === 'prefix')
    return typeof value === 'string' && new RegExp(mask.pattern).test(value)
      ? textLiteral([...value].slice(0, mask.digits).join(''))
      : 'NULL'
  const { width } = mask
  if (/INT/.test(type))
    return Number.isInteger(width) ? `TRY((${cell}::HUGEINT - (${cell}::HUGEINT % ${width} + ${width}) % ${width})::${type})` : 'NULL'
  return /DECIMAL|DOUBLE|FLOAT/.test(type) ? `TRY((floor(${cell}::DOUBLE / ${width}::DOUBLE) * ${width}::DOUBLE)::${type})` : 'NULL'
}

function partialOf({ partial }: SemanticType, value: string): string {
  if (partial === undefined) return 'NULL'
  if (partial.kind === 'email') return /^[^@\s]+@[^@\s]+$/.test(value) ? textLiteral(`${[...value][0]}***@${value.split('@')[1]}`) : "'***'"
  const ends = partial.first + partial.last
  const letters = [...value]
  if (letters.length <= 2 * ends) return "'***'"
  return textLiteral(`${letters.slice(0, partial.first).join('')}***${letters.slice(letters.length - partial.last).join('')}`)
}

/** `tok_` and the first 128 bits of HMAC-SHA256 in lower-case base32, as bits. */
function tokenOf(key: Uint8Array, value: string): string {
  const digest = createHmac('sha256', key).update(value, 'utf8').digest().subarray(0, 16)
  const bits = [...digest].map(byte => byte.toString(2).padStart(8, '0')).join('')
  const letters = (bits.match(/.{1,5}/g) ?? []).map(five => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)])
  return `tok_${letters.join('')}`
}
