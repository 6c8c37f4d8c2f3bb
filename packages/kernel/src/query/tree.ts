/**
 * A statement as the engine's parser serialises it (`json_serialize_sql`), kept without loss: numbers by
 * their source text, keys in order.
 */
export type SqlTree = null | boolean | string | SourceNumber | readonly SqlTree[] | SqlRecord

export interface SqlRecord {
  readonly [key: string]: SqlTree
}

/** A number as it was written. JavaScript's numbers would lose digits of 64-bit integers and the point of `10.0`. */
export class SourceNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

export const isRecord = (tree: SqlTree | undefined): tree is SqlRecord =>
  typeof tree === 'object' && tree !== null && !(tree instanceof SourceNumber) && !isList(tree)

export const isList = (tree: SqlTree | undefined): tree is readonly SqlTree[] => Array.isArray(tree)

/** A record without a prototype, so that no key means more than itself. */
export const makeRecord = (fields: SqlRecord): SqlRecord => Object.assign(Object.create(null) as SqlRecord, fields)

/** The same record with some fields replaced; the order of keys stays. */
export const withFields = (record: SqlRecord, fields: SqlRecord): SqlRecord => makeRecord({ ...record, ...fields })

/** The text of a field, `''` where it is none. */
export function textOf(record: SqlRecord, key: string): string {
  const value = record[key]
  return typeof value === 'string' ? value : ''
}

export function listOf(record: SqlRecord, key: string): readonly SqlTree[] {
  const value = record[key]
  return isList(value) ? value : []
}

export const recordsOf = (record: SqlRecord, key: string): readonly SqlRecord[] => listOf(record, key).filter(isRecord)

export const textsOf = (record: SqlRecord, key: string): readonly string[] =>
  listOf(record, key).filter((item): item is string => typeof item === 'string')

export function findRecord(record: SqlRecord, key: string): SqlRecord | undefined {
  const value = record[key]
  return isRecord(value) ? value : undefined
}

/** What a record is in the engine's grammar. The check of the grammar comes first: these tests tell its nodes apart. */
export const isExpression = (record: SqlRecord): boolean => 'class' in record
export const isQuery = (record: SqlRecord): boolean => 'cte_map' in record
export const isTableRef = (record: SqlRecord): boolean => !isQuery(record) && 'sample' in record && 'alias' in record && 'type' in record

export const isExpressionOf = (record: SqlRecord, kind: string): boolean => record.class === kind
export const isBaseTable = (record: SqlRecord): boolean => isTableRef(record) && record.type === 'BASE_TABLE'

/** Bytes from the start of the text, where the engine says so. */
export function findLocation(record: SqlRecord): number | undefined {
  const value = record.query_location
  if (!(value instanceof SourceNumber) || value.source === noLocation) return undefined
  const location = Number(value.source)
  return Number.isSafeInteger(location) && location >= 0 ? location : undefined
}

const noLocation = '18446744073709551615'

/** Every record below, each before what it holds. */
export function* recordsIn(tree: SqlTree | undefined): Generator<SqlRecord> {
  const open: SqlTree[] = tree === undefined ? [] : [tree]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (isRecord(next)) yield next
    if (isList(next)) open.push(...[...next].reverse())
    else if (isRecord(next)) open.push(...Object.values(next).reverse())
  }
}

/** The tree with each part replaced by what `change` makes of it; what it leaves is shared. */
export function mapParts(tree: SqlTree, change: (part: SqlTree) => SqlTree): SqlTree {
  if (isList(tree)) return tree.map(change)
  if (!isRecord(tree)) return tree
  const out: Record<string, SqlTree> = Object.create(null)
  for (const [key, value] of Object.entries(tree)) out[key] = change(value)
  return out
}
