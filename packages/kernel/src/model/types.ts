/**
 * Column types, named as DuckDB names them. The contract says them in ODCS's words; every engine
 * maps them to its own.
 */
export type ColumnType =
  | 'VARCHAR'
  | 'BOOLEAN'
  | 'TINYINT'
  | 'SMALLINT'
  | 'INTEGER'
  | 'BIGINT'
  | 'HUGEINT'
  | 'FLOAT'
  | 'DOUBLE'
  | 'DATE'
  | 'TIME'
  | 'TIMESTAMP'
  | 'TIMESTAMP WITH TIME ZONE'
  | 'UUID'
  | 'BLOB'
  | `DECIMAL(${number},${number})`

export const isIntegerType = (type: ColumnType): boolean => /^(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type)
export const isNumericType = (type: ColumnType): boolean =>
  isIntegerType(type) || type === 'DOUBLE' || type === 'FLOAT' || type.startsWith('DECIMAL')
