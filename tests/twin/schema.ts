import type { ColumnType } from '@selvage/kernel/model'
import { type Kind, kindOf } from './kinds.ts'
import type { Choice } from './random.ts'

/** A column as any table of a generated mesh may have it: one name means one type everywhere, so that tables join. */
export interface ColumnPlan {
  readonly name: string
  readonly type: ColumnType
  readonly kind: Kind
  /** Texts as files hold them; a few, so that rows meet. */
  readonly values: readonly string[]
  /** Policies may look at it: no whole number is beyond what the official engine can hold. */
  readonly plain: boolean
  readonly semantic?: string
  readonly pii?: boolean
}

const column = (
  name: string,
  type: ColumnType,
  values: readonly string[],
  more: { readonly plain?: boolean; readonly semantic?: string; readonly pii?: boolean } = {},
): ColumnPlan => ({ name, type, kind: kindOf(type), values, plain: more.plain ?? false, ...more })

const words = [
  'DE',
  'FR',
  'US',
  'Österreich',
  'é%_',
  'a*b',
  '',
  "l'œuf",
  '日本',
  '🎲',
  ' padded ',
  'x\ny',
  '"',
  '\\',
  'null',
  '0',
  'ß',
  'ẞ',
  'e\u0301',
]
const small = ['0', '1', '2', '3', '5', '-1', '7', '10']

/** Every table has these: rules look at them. */
export const shared: readonly ColumnPlan[] = [
  column('id', 'BIGINT', ['1', '2', '3', '4', '5', '6', '7', '8', '9', '11', '12', '40', '41', '42', '-3', '0', '9007199254740991'], {
    plain: true,
  }),
  column('country', 'VARCHAR', ['DE', 'FR', 'US', 'é%_', 'D', '', 'DE ', 'de'], { plain: true }),
  column('rep', 'BIGINT', small, { plain: true }),
  column('vip', 'BOOLEAN', ['true', 'false'], { plain: true }),
  // Of no two rows the same: what the other table of the product refers to.
  column('key', 'BIGINT', small, { plain: true }),
  column('up', 'BIGINT', ['1', '2', '3', '5', '8', '99'], { plain: true }),
]

/** Each table reaches the countries of the rows of the other one of its product. */
export const near = 'near'
const neighbours: Readonly<Record<string, string>> = { customer: 'visit', visit: 'customer', invoice: 'part', part: 'invoice' }
export const neighbourOf = (tables: readonly TablePlan[], { name }: Pick<TablePlan, 'name'>): TablePlan =>
  tables.find(table => table.name === neighbours[name])!

/** What a row reaches, as the files say. */
export const reached = (other: TablePlan, row: Row): readonly string[] => [
  ...new Set(other.rows.flatMap(one => (one.up !== null && one.up === row.key && typeof one.country === 'string' ? [one.country] : []))),
]

export const others: readonly ColumnPlan[] = [
  column('name', 'VARCHAR', ['Anna', 'Bob', 'Łukasz', 'x', '', 'Ng', '李', '🎲🎲', 'anna'], { semantic: 'person', pii: true }),
  column('email', 'VARCHAR', ['a@b.example', 'nobody', '@', 'é@ü.example', 'a@b@c', ' a@b', 'A@b.example'], {
    semantic: 'email',
    pii: true,
  }),
  column('zip', 'VARCHAR', ['02139', '10115', '1', '021390', '٠٢١٣٩'], { semantic: 'zip' }),
  column('note', 'VARCHAR', words, { plain: true }),
  column('window', 'VARCHAR', words, { plain: true }),
  column('tiny', 'TINYINT', ['-128', '127', '0', '1', '-1'], { plain: true }),
  column('small', 'SMALLINT', ['-32768', '32767', ...small], { plain: true }),
  column('age', 'INTEGER', ['0', '17', '18', '99', '-2147483648', '2147483647', '-5'], { plain: true, semantic: 'age' }),
  column('big', 'BIGINT', ['-9223372036854775808', '9223372036854775807', '9007199254740993', ...small]),
  column('huge', 'HUGEINT', ['-170141183460469231731687303715884105728', '170141183460469231731687303715884105727', ...small]),
  column('spent', 'DECIMAL(12,2)', ['0.00', '12.50', '-0.01', '9999999999.99', '-9999999999.99', '3.25', '7'], { semantic: 'money' }),
  column('exact', 'DECIMAL(38,10)', ['0', '9999999999999999999999999999.9999999999', '0.0000000001', '-12.5']),
  column('dime', 'DECIMAL(4,1)', ['999.9', '-999.9', '0.1', '3']),
  column('rate', 'DOUBLE', ['0', '1.5', '-2.25', '1e308', '-1e308', '5e-324', 'NaN', 'Infinity', '-Infinity', '0.1'], { semantic: 'rate' }),
  column('ratio', 'FLOAT', ['0', '0.5', '3.4e38', '-1.25', '1e-40', 'NaN']),
  column('day', 'DATE', ['2020-02-29', '1969-12-31', '1970-01-01', '0001-01-01', '9999-12-31', '2021-06-15']),
  column('birth', 'DATE', ['1980-02-03', '1955-11-05', '2000-12-31', '0001-01-01', '9999-12-31'], { semantic: 'birth' }),
  column(
    'moment',
    'TIMESTAMP',
    ['2021-01-01 10:00:00', '1969-12-31T23:59:59.999999', '0001-01-01 00:00:00', '9999-12-31 23:59:59.999999', '2020-02-29 12:30:00'],
    {
      semantic: 'seen',
    },
  ),
  column(
    'instant',
    'TIMESTAMP WITH TIME ZONE',
    ['2021-01-01T10:00:00+02:00', '1970-01-01T00:00:00Z', '2021-01-01T08:00:00Z', '9999-12-30T00:00:00Z'],
    {
      semantic: 'seen',
    },
  ),
  column('clock', 'TIME', ['00:00:00', '23:59:59.999999', '12:00', '06:30:15.5']),
  column('code', 'UUID', [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '80000000-0000-4000-8000-000000000001',
    '123e4567-e89b-12d3-a456-426614174000',
  ]),
  column('bytes', 'BLOB', ['AA==', '/w==', 'aGFsbG8=', 'w6k=']),
]

/** How masks act, by name. */
export const semanticTypes = `
  person: { partial: { first: 1, last: 0 } }
  email: { partial: email }
  zip: { generalize: { digits: 3, pattern: '^[0-9]{5}$' }, partial: { first: 1, last: 1 } }
  age: { generalize: { bucket: 10 } }
  money: { generalize: { bucket: 5 } }
  rate: { generalize: { bucket: 0.5 } }
  birth: { generalize: { date: year } }
  seen: { generalize: { date: month } }`

export type Value = string | null
export type Row = Readonly<Record<string, Value>>

export interface TablePlan {
  readonly product: string
  readonly name: string
  readonly columns: readonly ColumnPlan[]
  readonly rows: readonly Row[]
}

export const idOf = ({ product, name }: Pick<TablePlan, 'product' | 'name'>): string => `shop.${product}.${name}`

export function planTables(choice: Choice): readonly TablePlan[] {
  return [
    { product: 'crm', name: 'customer' },
    { product: 'crm', name: 'visit' },
    { product: 'ops', name: 'invoice' },
    { product: 'ops', name: 'part' },
  ].map(place => {
    const columns = [...shared, ...choice.some(others, choice.between(4, 8))]
    const count = choice.of([0, 1, 4, 12, 20, 30, 30])
    const pool = choice.chance(0.3) ? 2 : 1_000
    const rows = Array.from({ length: count }, () => planRow(choice, columns, pool))
    // The same row twice, now and then.
    const twice = rows.length > 2 && choice.chance(0.3) ? rows.slice(0, 2) : []
    const keys = rows.map((_, i) => (i < twice.length || choice.chance(0.3) ? null : String(i)))
    return { ...place, columns, rows: [...rows, ...twice].map((row, i) => ({ ...row, key: keys[i] ?? null })) }
  })
}

/** @param pool how many of a column's values may stand in it */
export const planRow = (choice: Choice, columns: readonly ColumnPlan[], pool: number): Row =>
  Object.fromEntries(columns.map(({ name, values }) => [name, choice.chance(0.12) ? null : choice.of(values.slice(0, Math.max(1, pool)))]))

export function sqlOf(type: ColumnType, value: Value): string {
  const quoted = value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`
  if (value === null || type === 'VARCHAR') return `CAST(${quoted} AS ${type})`
  return type === 'BLOB' ? `from_base64(${quoted})` : `CAST(${quoted} AS ${type})`
}

const cell = (value: Value): string => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)

/** The table as its domain would deliver it: an empty field is missing, an empty text stands in quotes. */
export const csvOf = (columns: readonly ColumnPlan[], rows: Iterable<Row>): string =>
  `${[columns.map(({ name }) => name).join(','), ...Array.from(rows, row => columns.map(({ name }) => cell(row[name] ?? null)).join(','))].join('\n')}\n`

/** The words of ODCS for a type; times with a zone are told by an option, which is no physical type. */
const typeWords = (type: ColumnType): string => {
  const logical: Readonly<Record<string, string>> = {
    VARCHAR: 'string',
    BOOLEAN: 'boolean',
    DATE: 'date',
    TIME: 'time',
    TIMESTAMP: 'timestamp',
    DOUBLE: 'number',
  }
  if (logical[type] !== undefined) return `logicalType: ${logical[type]}`
  if (type === 'TIMESTAMP WITH TIME ZONE') return 'logicalType: timestamp, logicalTypeOptions: { timezone: true }'
  const family = /INT/.test(type) ? 'integer' : type === 'UUID' || type === 'BLOB' ? 'string' : 'number'
  return `logicalType: ${family}, physicalType: "${type}"`
}

export function contractOf(product: string, tables: readonly TablePlan[], dir: string, version: number): string {
  const links = (table: string, name: string): string =>
    name === 'key' ? ', unique: true' : name === 'up' ? `, relationships: [{ to: ${neighbours[table]}.key }]` : ''
  const property = (table: string, { name, type, semantic, pii }: ColumnPlan): string =>
    `      - { name: ${name}, ${typeWords(type)}, classification: internal${links(table, name)}${pii === true ? ', tags: [pii]' : ''}${semantic === undefined ? '' : `, customProperties: [{ property: selvageSemanticType, value: ${semantic} }]`} }`
  const schema = tables
    .filter(table => table.product === product)
    .map(
      table =>
        `  - name: ${table.name}
    customProperties: [{ property: selvageSets, value: [{ name: ${near}, via: ${neighbours[table.name]}.up, collect: country }] }]
    properties:\n${table.columns.map(one => property(table.name, one)).join('\n')}`,
    )
  return `apiVersion: v3.2.0
kind: DataContract
id: shop.${product}
name: ${product}
version: 1.0.${version}
status: active
domain: shop
servers: [{ server: files, type: local, path: "${dir}/{table}.csv", format: csv }]
schema:
${schema.join('\n')}
`
}
