import type { ColumnType } from '../model/index.ts'
import { asMap, type Fields } from './fields.ts'
import type { Table } from './product.ts'
import { quoted, type Report } from './report.ts'
import type { Tree } from './tree.ts'

/** Most rows of one test. */
const mostRows = 100

type Cell = string | bigint | boolean
/** By column or set; what is left out is NULL, or an empty set. */
export type TestRow = Readonly<Record<string, Cell | null | readonly Cell[]>>

/** `data` of a decision table: rows of the table, as rules read them. Undefined: none are given. */
export function parseTestRows(fields: Fields, table: Table | undefined): readonly TestRow[] | undefined {
  if (!fields.has('data')) return undefined
  if (table === undefined) {
    fields.report('test.unsupported', fields.placeOf('data'), 'rows are given of a `table` of the mesh, not of a query')
    return undefined
  }
  const rows = fields.list('data')
  if (rows.length > mostRows) fields.report('test.too_many', fields.placeOf('data'), `a test holds at most ${mostRows} rows`)
  return rows.slice(0, mostRows).map(row => parseRow(row, table, fields.report))
}

function parseRow(tree: Tree, table: Table, report: Report): TestRow {
  const cells: (readonly [string, TestRow[string]])[] = []
  for (const [name, { keyPlace, value }] of asMap(tree, 'data', report)?.entries ?? []) {
    const column = table.columns.find(one => one.name === name)
    const set = table.sets?.find(one => one.name === name)
    if (column !== undefined) cells.push([name, readCell(value, name, column, report) ?? null])
    else if (set !== undefined) cells.push([name, readSet(value, name, set.element, report)])
    else report('test.unknown', keyPlace, `${table.id} has no column ${quoted(name)}`)
  }
  return Object.fromEntries(cells)
}

function readCell(tree: Tree, name: string, { type, required }: Table['columns'][number], report: Report): Cell | undefined {
  const isNull = tree.kind === 'scalar' && tree.value === null
  if (isNull && !required) return undefined
  const read = readerOf(type)
  if (read === undefined) {
    report('test.unsupported', tree.place, `rules do not read ${quoted(name)}, which is ${type}`, 'Leave it out: no row depends on it.')
    return undefined
  }
  const cell = read(tree)
  if (cell === undefined) report('yaml.type', tree.place, `\`${name}\` must be ${type}${required ? ', and is required' : ''}`)
  return cell
}

function readSet(tree: Tree, name: string, element: ColumnType, report: Report): readonly Cell[] {
  const read = readerOf(element)
  const cells = tree.kind === 'list' ? tree.items.map(item => read?.(item)) : [undefined]
  if (cells.includes(undefined)) report('yaml.type', tree.place, `\`${name}\` must be a list of ${element}`)
  return cells.flatMap(cell => cell ?? [])
}

/** Undefined: rules read no values of such a type. */
function readerOf(type: ColumnType): ((tree: Tree) => Cell | undefined) | undefined {
  if (type === 'VARCHAR') return tree => (tree.kind === 'scalar' && typeof tree.value === 'string' ? tree.value : undefined)
  if (type === 'BOOLEAN') return tree => (tree.kind === 'scalar' && typeof tree.value === 'boolean' ? tree.value : undefined)
  const bits = bitsOf.get(type)
  return bits === undefined ? undefined : tree => readInteger(tree, bits)
}

const bitsOf: ReadonlyMap<ColumnType, number> = new Map([
  ['TINYINT', 8],
  ['SMALLINT', 16],
  ['INTEGER', 32],
  ['BIGINT', 64],
])

/** As it was written: a number of YAML has 53 bits. */
function readInteger(tree: Tree, bits: number): bigint | undefined {
  if (tree.kind !== 'scalar' || typeof tree.value !== 'number' || !/^-?[0-9]{1,20}$/.test(tree.text)) return undefined
  const value = BigInt(tree.text)
  return BigInt.asIntN(bits, value) === value ? value : undefined
}
