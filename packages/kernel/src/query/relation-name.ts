import type { SqlRecord } from './tree.ts'
import { textOf } from './tree.ts'

/** The parts of a base table's name as they were written: one to three. */
export const nameParts = (table: SqlRecord): readonly string[] =>
  ['catalog_name', 'schema_name', 'table_name'].map(key => textOf(table, key)).filter(part => part !== '')

/** The engine does not tell upper from lower case in names. */
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** How a table reference is called inside its statement. */
export const shownName = (table: SqlRecord): string => textOf(table, 'alias') || textOf(table, 'table_name')
