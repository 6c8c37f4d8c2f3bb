import type { ColumnType } from '@selvage/kernel/model'

/** What the generator tells types apart by; `OTHER` can be shown and nothing else. */
export type Kind =
  | 'BOOLEAN'
  | 'INTEGER'
  | 'DOUBLE'
  | 'DECIMAL'
  | 'VARCHAR'
  | 'DATE'
  | 'TIMESTAMP'
  | 'TIMESTAMPTZ'
  | 'TIME'
  | 'UUID'
  | 'BLOB'
  | 'TEXTS'
  | 'INTEGERS'
  | 'STRUCT'
  | 'MAP'
  | 'JSON'
  | 'OTHER'

/** Those that a column of a product may have. */
export const scalarKinds = [
  'BOOLEAN',
  'INTEGER',
  'DOUBLE',
  'DECIMAL',
  'VARCHAR',
  'DATE',
  'TIMESTAMP',
  'TIMESTAMPTZ',
  'TIME',
  'UUID',
  'BLOB',
] as const satisfies readonly Kind[]

export const typeOf: Readonly<Record<Kind, string>> = {
  BOOLEAN: 'BOOLEAN',
  INTEGER: 'BIGINT',
  DOUBLE: 'DOUBLE',
  DECIMAL: 'DECIMAL(12,2)',
  VARCHAR: 'VARCHAR',
  DATE: 'DATE',
  TIMESTAMP: 'TIMESTAMP',
  TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE',
  TIME: 'TIME',
  UUID: 'UUID',
  BLOB: 'BLOB',
  TEXTS: 'VARCHAR[]',
  INTEGERS: 'BIGINT[]',
  STRUCT: 'STRUCT(a VARCHAR, b BIGINT)',
  MAP: 'MAP(VARCHAR, BIGINT)',
  JSON: 'JSON',
  OTHER: 'VARCHAR',
}

export function kindOf(type: ColumnType): Kind {
  if (/INT/.test(type)) return 'INTEGER'
  if (type.startsWith('DECIMAL')) return 'DECIMAL'
  if (type === 'FLOAT') return 'DOUBLE'
  return type === 'TIMESTAMP WITH TIME ZONE' ? 'TIMESTAMPTZ' : (type as Kind)
}

/** Equal values of these look alike, so that ties in an order over them cannot be seen. */
export const isOrdered = (kind: Kind): boolean => !['MAP', 'JSON', 'OTHER'].includes(kind)
