import type { CteReferences } from './cte-references.ts'
import { nameParts, shownName } from './relation-name.ts'
import { findRecord, isBaseTable, type SqlRecord, textOf, textsOf } from './tree.ts'

/** One thing that a FROM clause brings into scope. */
export interface FromItem {
  /** How columns call it; `''` where it has no name. */
  readonly name: string
  /** The full name, for a table that is no CTE: three parts. */
  readonly table?: readonly string[]
  readonly aliased: boolean
  /** New names of its columns, from the first on. */
  readonly columnNames: readonly string[]
}

/** What stands in a FROM clause side by side. Subqueries are one item; what they hold has a scope of its own. */
export function fromItems(from: SqlRecord, references: CteReferences): readonly FromItem[] {
  switch (from.type) {
    case 'JOIN':
      return [...sideItems(from, 'left', references), ...sideItems(from, 'right', references)]
    case 'PIVOT':
      return [item(from), ...sideItems(from, 'source', references)]
    case 'EMPTY':
      return []
    default:
      return [isBaseTable(from) && !references.has(from) ? { ...item(from), table: nameParts(from) } : item(from)]
  }
}

const item = (from: SqlRecord): FromItem => ({
  name: shownName(from),
  aliased: textOf(from, 'alias') !== '',
  columnNames: textsOf(from, 'column_name_alias'),
})

function sideItems(from: SqlRecord, side: string, references: CteReferences): readonly FromItem[] {
  const part = findRecord(from, side)
  return part === undefined ? [] : fromItems(part, references)
}
