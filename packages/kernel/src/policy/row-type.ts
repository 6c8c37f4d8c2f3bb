import type { Column, Table } from '../contract/index.ts'
import { type ColumnType, type Name, tableParts } from '../model/index.ts'

export type CedarType = 'String' | 'Long' | 'Bool'

/**
 * The type under which policies read a column. VARCHAR, BOOLEAN and the integers up to BIGINT are mapped;
 * all others (HUGEINT, DECIMAL, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP, UUID, BLOB) are no attribute, because
 * Cedar's values would not equal the engine's.
 */
export function findCedarType(type: ColumnType): CedarType | undefined {
  if (type === 'VARCHAR') return 'String'
  if (type === 'BOOLEAN') return 'Bool'
  return type === 'TINYINT' || type === 'SMALLINT' || type === 'INTEGER' || type === 'BIGINT' ? 'Long' : undefined
}

/** The namespace of a table's row type: `sales::crm`. */
export function rowNamespace(table: Pick<Table, 'id'>): string {
  const { domain, product } = tableParts(table.id)
  return `${domain}::${product}`
}

/** `sales::crm::customer` */
export const rowType = (table: Pick<Table, 'id' | 'name'>): string => `${rowNamespace(table)}::${table.name}`

/** The attributes of a row, by logical name. */
export function rowAttributes(columns: readonly Column[]): ReadonlyMap<Name, CedarType> {
  const out = new Map<Name, CedarType>()
  for (const column of columns) {
    const type = findCedarType(column.type)
    if (type !== undefined) out.set(column.name, type)
  }
  return out
}
