import { type ColumnType, isIntegerType } from '@selvage/kernel/model'
import { textLiteral } from './sql-text.ts'

const date = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
// Digits beyond microseconds would be cut off, so they must be zeros.
const time = '([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6}0*)?)?'

/**
 * How a value of each type is written (RE2, the whole text). The engine's own casts round, trim and guess
 * (`1.5` as BIGINT is 2, an offset on a TIMESTAMP is dropped); what is not written like this is an error of type.
 */
function lexicalForm(type: ColumnType): string | undefined {
  if (isIntegerType(type)) return '[+-]?[0-9]+'
  const scale = /^DECIMAL\(\d+,(\d+)\)$/.exec(type)?.[1]
  if (scale !== undefined) return `[+-]?([0-9]+(\\.[0-9]{0,${scale}}0*)?|\\.[0-9]{0,${scale}}0*)`
  switch (type) {
    case 'FLOAT':
    case 'DOUBLE':
      return '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,4})?'
    case 'BOOLEAN':
      return '(?i:true|false|t|f|1|0)'
    case 'DATE':
      return date
    case 'TIME':
      return time
    case 'TIMESTAMP':
      return `${date}[T ]${time}Z?`
    case 'TIMESTAMP WITH TIME ZONE':
      return `${date}[T ]${time}(Z|[+-][0-9]{2}(:?[0-9]{2})?)?`
    case 'UUID':
      return '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
    case 'BLOB':
      return '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?'
    default:
      return undefined
  }
}

/**
 * SQL for the value of type `type` that the text `raw` (SQL) is written as, NULL where it is written as none. Times
 * without an offset are UTC; BLOB is base64; BOOLEAN is true, false, t, f, 1, 0 in any case.
 */
export function typedValue(raw: string, type: ColumnType): string {
  const form = lexicalForm(type)
  if (form === undefined) return raw
  const isWritten = `regexp_full_match(${raw}, ${textLiteral(form)})`
  if (type !== 'DOUBLE' && type !== 'FLOAT') return `CASE WHEN ${isWritten} THEN ${writtenValue(raw, type)} END`
  const value = writtenValue(raw, type)
  // A number too large for the type is not infinity.
  return `CASE WHEN ${raw} IN ('NaN', 'Infinity', '-Infinity') THEN ${value} WHEN ${isWritten} AND isfinite(${value}) THEN ${value} END`
}

/** The same for a text that is known to be written as it must. */
export function writtenValue(raw: string, type: ColumnType): string {
  if (type === 'VARCHAR') return raw
  return type === 'BLOB' ? `TRY(from_base64(${raw}))` : `TRY_CAST(${raw} AS ${type})`
}
