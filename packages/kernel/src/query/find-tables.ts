import { findCteReferences } from './cte-references.ts'
import { nameParts } from './relation-name.ts'
import { findLocation, isBaseTable, isRecord, recordsIn, type SqlTree, textOf } from './tree.ts'

export interface FoundTable {
  /** As written, unquoted: one to three. */
  readonly parts: readonly string[]
  /** Bytes from the start of the text. */
  readonly location?: number
}

/**
 * The tables that a statement names and that are no CTEs, each as often as it stands there. It looks into everything,
 * also into what `checkStatement` refuses later, so that a name is judged before the form.
 */
export function findTables(tree: SqlTree): readonly FoundTable[] {
  const references = findCteReferences(tree)
  const found: FoundTable[] = []
  for (const record of recordsIn(tree)) {
    if (isBaseTable(record) && !references.has(record)) found.push({ parts: nameParts(record), ...locationOf(record) })
    if (isShow(record)) found.push({ parts: shownTable(record), ...locationOf(record) })
  }
  return found
}

const isShow = (record: { readonly [key: string]: SqlTree }): boolean =>
  record.type === 'SHOW_REF' &&
  !isRecord(record.query) &&
  !/^"?(all_)?(tables|databases|schemas|variables)"?$/i.test(textOf(record, 'table_name'))

const shownTable = (record: { readonly [key: string]: SqlTree }): readonly string[] =>
  ['catalog_name', 'schema_name', 'table_name'].map(key => textOf(record, key).replace(/^"(.*)"$/, '$1')).filter(part => part !== '')

const locationOf = (record: { readonly [key: string]: SqlTree }): { location?: number } => {
  const location = findLocation(record)
  return location === undefined ? {} : { location }
}
