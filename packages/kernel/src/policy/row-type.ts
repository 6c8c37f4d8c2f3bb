import type { Column, ReachedSet, Table } from '../contract/index.ts'
import { type ColumnType, type Name, tableParts } from '../model/index.ts'

/** The type of a value of a row. */
export type CellType = 'String' | 'Long' | 'Bool'
export type CedarType = CellType | 'Set<String>' | 'Set<Long>'

/** Sets are there in every row; columns may be NULL. */
export const isSetType = (type: CedarType): type is 'Set<String>' | 'Set<Long>' => type.startsWith('Set<')

const setTypes = { VARCHAR: 'Set<String>', BIGINT: 'Set<Long>' } as const satisfies Record<ReachedSet['element'], CedarType>

/**
 * The type under which policies read a column. VARCHAR, BOOLEAN and the integers up to BIGINT are mapped;
 * all others (HUGEINT, DECIMAL, FLOAT, DOUBLE, DATE, TIME, TIMESTAMP, UUID, BLOB) are no attribute, because
 * Cedar's values would not equal the engine's.
 */
export function findCedarType(type: ColumnType): CellType | undefined {
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

/** What rows of a table are made of. */
export interface RowShape {
  readonly columns: readonly Pick<Column, 'name' | 'type'>[]
  readonly sets?: readonly Pick<ReachedSet, 'name' | 'element'>[]
}

/** The attributes of a row, by logical name. */
export function rowAttributes({ columns, sets = [] }: RowShape): ReadonlyMap<Name, CedarType> {
  const out = new Map<Name, CedarType>()
  for (const column of columns) {
    const type = findCedarType(column.type)
    if (type !== undefined) out.set(column.name, type)
  }
  for (const { name, element } of sets) out.set(name, setTypes[element])
  return out
}
