import type { GeneralizeMask, PartialMask, SemanticType } from '../contract/index.ts'
import { type ColumnType, isIntegerType, isNumericType } from '../model/index.ts'
import type { Transform } from '../policy/index.ts'

/** A column that a mask is made for. */
export interface MaskedColumn {
  /** The clear column as SQL, quoted. */
  readonly sql: string
  readonly type: ColumnType
  /** The column with precomputed tokens as SQL, quoted. */
  readonly token?: string
  readonly semantic?: SemanticType
}

/** NULL of a type. */
export const typedNull = (type: ColumnType): string => `CAST(NULL AS ${type})`

/**
 * DuckDB's SQL for a column under a transform. The type is kept; where the transform cannot keep it, or is not
 * declared for the semantic type: NULL of that type. NULL stays NULL. No mask fails on a value, holds a secret, or
 * differs between two runs.
 */
export const maskSql = (transform: Transform, column: MaskedColumn): string => findMask(transform, column) ?? typedNull(column.type)

/** The transform that a column really goes through: `null` where the wished one cannot be made. */
export const effectiveTransform = (transform: Transform, column: MaskedColumn): Transform =>
  findMask(transform, column) === undefined ? 'null' : transform

function findMask(transform: Transform, column: MaskedColumn): string | undefined {
  const { sql, type, token, semantic } = column
  switch (transform) {
    case 'clear':
      return sql
    case 'token':
      return type === 'VARCHAR' ? token : undefined
    case 'partial':
      return type === 'VARCHAR' && semantic?.partial !== undefined ? partialSql(semantic.partial, sql) : undefined
    case 'generalize':
      return semantic?.generalize === undefined ? undefined : findGeneralized(semantic.generalize, column)
    case 'null':
      return undefined
  }
}

/** Three stars, whatever they stand for: the length of a text is hidden too. */
const stars = "'***'"

function partialSql(mask: PartialMask, sql: string): string {
  if (mask.kind === 'email') {
    const masked = `concat("left"(${sql}, 1), '***@', split_part(${sql}, '@', 2))`
    return `CASE WHEN ${sql} IS NULL THEN ${typedNull('VARCHAR')} WHEN regexp_full_match(${sql}, '[^@\\s]+@[^@\\s]+') THEN ${masked} ELSE ${stars} END`
  }
  const first = wholeNumber(mask.first)
  const last = wholeNumber(mask.last)
  const ends = [first > 0 ? `"left"(${sql}, ${first})` : '', stars, last > 0 ? `"right"(${sql}, ${last})` : ''].filter(part => part !== '')
  // A text that the ends would show whole, or nearly, shows nothing.
  const long = `(length(${sql}) > ${2 * (first + last)})`
  return `CASE WHEN ${sql} IS NULL THEN ${typedNull('VARCHAR')} WHEN ${long} THEN concat(${ends.join(', ')}) ELSE ${stars} END`
}

function findGeneralized(mask: GeneralizeMask, { sql, type }: MaskedColumn): string | undefined {
  switch (mask.kind) {
    case 'date':
      // The first day of the first year has no year that begins before it.
      return isDate(type) ? `TRY(CAST(date_trunc('${mask.to === 'year' ? 'year' : 'month'}', ${sql}) AS ${type}))` : undefined
    case 'bucket':
      return isNumericType(type) ? findBucket(mask.width, sql, type) : undefined
    case 'prefix':
      if (type !== 'VARCHAR') return undefined
      return `CASE WHEN regexp_full_match(${sql}, ${text(mask.pattern)}) THEN "left"(${sql}, ${wholeNumber(mask.digits)}) ELSE ${typedNull(type)} END`
  }
}

const isDate = (type: ColumnType): boolean => type === 'DATE' || type === 'TIMESTAMP' || type === 'TIMESTAMP WITH TIME ZONE'

/** The lower end of the value's bucket; NULL where the type cannot hold it. */
function findBucket(width: number, sql: string, type: ColumnType): string | undefined {
  if (!Number.isFinite(width) || width <= 0) return undefined
  if (!isIntegerType(type)) return `TRY(CAST((floor((CAST(${sql} AS DOUBLE) / ${double(width)})) * ${double(width)}) AS ${type}))`
  if (!Number.isSafeInteger(width)) return undefined
  const value = `CAST(${sql} AS HUGEINT)`
  return `TRY(CAST((${value} - (((${value} % ${width}) + ${width}) % ${width})) AS ${type}))`
}

const double = (value: number): string => `CAST('${value}' AS DOUBLE)`

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`

function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value) || value < 0 || value > 1_000)
    throw new TypeError('a mask that does not show a whole number of characters')
  return value
}
