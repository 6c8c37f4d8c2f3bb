import { nameParts } from './relation-name.ts'
import { findRecord, isBaseTable, isList, isQuery, isRecord, recordsOf, type SqlRecord, type SqlTree, textOf } from './tree.ts'

/** The entry of a `cte_map` (`{ key, value }`) that a base table refers to, for each base table that refers to one. */
export type CteReferences = ReadonlyMap<SqlRecord, SqlRecord>

type Scope = ReadonlyMap<string, SqlRecord>

/**
 * Resolves references to CTEs as the engine does: a CTE sees the ones before it, and itself only in the second half
 * of a recursion; an inner one hides an outer one of its name. Takes trees that were not checked yet.
 */
export function findCteReferences(tree: SqlTree): CteReferences {
  const found = new Map<SqlRecord, SqlRecord>()
  walk(tree, new Map(), found)
  return found
}

function walk(tree: SqlTree, scope: Scope, found: Map<SqlRecord, SqlRecord>): void {
  if (isList(tree)) for (const item of tree) walk(item, scope, found)
  if (!isRecord(tree)) return
  if (isBaseTable(tree)) refer(tree, scope, found)
  if (isQuery(tree)) walkQuery(tree, scope, found)
  else for (const value of Object.values(tree)) walk(value, scope, found)
}

function refer(table: SqlRecord, scope: Scope, found: Map<SqlRecord, SqlRecord>): void {
  const parts = nameParts(table)
  const own = parts.length === 1 || (parts.length === 2 && parts[0]?.toLowerCase() === 'recurring')
  const entry = own ? scope.get(textOf(table, 'table_name').toLowerCase()) : undefined
  if (entry !== undefined) found.set(table, entry)
}

function walkQuery(node: SqlRecord, outer: Scope, found: Map<SqlRecord, SqlRecord>, self?: SqlRecord): void {
  const scope = new Map(outer)
  for (const entry of cteEntries(node)) {
    walkCte(entry, scope, found)
    scope.set(textOf(entry, 'key').toLowerCase(), entry)
  }
  for (const [key, value] of Object.entries(node)) {
    if (key === 'cte_map') continue
    const recurs = self !== undefined && key === 'right'
    walk(value, recurs ? new Map(scope).set(textOf(self, 'key').toLowerCase(), self) : scope, found)
  }
}

function walkCte(entry: SqlRecord, scope: Scope, found: Map<SqlRecord, SqlRecord>): void {
  const info = findRecord(entry, 'value')
  if (info === undefined) return
  const node = cteNode(entry)
  if (node?.type === 'RECURSIVE_CTE_NODE') walkQuery(node, scope, found, entry)
  else walk(info, scope, found)
}

export const cteEntries = (node: SqlRecord): readonly SqlRecord[] => {
  const map = findRecord(node, 'cte_map')
  return map === undefined ? [] : recordsOf(map, 'map')
}

/** The query node of a CTE. */
export function cteNode(entry: SqlRecord): SqlRecord | undefined {
  const info = findRecord(entry, 'value')
  const query = info === undefined ? undefined : findRecord(info, 'query')
  return query === undefined ? undefined : findRecord(query, 'node')
}
