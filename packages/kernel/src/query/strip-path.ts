import type { FromItem } from './from-items.ts'
import { Refusal, shown } from './refusal.ts'
import { sameName } from './relation-name.ts'
import { isRecord, listOf, type SqlRecord, type SqlTree, textOf, withFields } from './tree.ts'

type Scopes = readonly (readonly FromItem[])[]

/**
 * A secured relation has no catalog and no schema: `domain.product.table.column` and `product.table.column` become
 * `table.column`. A path that may mean something else as well is refused.
 */
export function stripPath(path: readonly string[], scopes: Scopes): readonly string[] {
  if (path.length < 2) return path
  for (const [depth, scope] of scopes.entries()) {
    const matches = scope.flatMap(item => qualifierLength(path, item) ?? [])
    const length = Math.max(0, ...matches)
    if (length === 0) continue
    refuseDoubt(path, scopes.slice(0, depth + 1), matches.length)
    return path.slice(length - 1)
  }
  return path
}

/** How many parts of the path name the table: all three, or without the catalog, or without the schema. */
function qualifierLength(path: readonly string[], { table, aliased }: FromItem): number | undefined {
  if (table === undefined || aliased) return undefined
  const [catalog = '', schema = '', name = ''] = table
  const forms = [
    [catalog, schema, name],
    [schema, name],
    [catalog, name],
  ]
  return forms.find(form => form.length <= path.length && form.every((part, i) => sameName(part, path[i] ?? '')))?.length
}

function refuseDoubt(path: readonly string[], scopes: Scopes, matches: number): void {
  const [first = ''] = path
  const called = scopes.flat().some(item => sameName(item.name, first))
  if (called || matches > 1) throw new Refusal(`\`${shown(path.join('.'))}\` can be read in two ways. Give each table an alias and use it.`)
}

/** The same for the qualified names in `* EXCLUDE (…)` and `* RENAME (…)`. */
export function stripQualified(star: SqlRecord, scopes: Scopes): SqlRecord {
  const strip = (name: SqlTree): SqlTree => (isRecord(name) ? stripName(name, scopes) : name)
  return withFields(star, {
    qualified_exclude_list: listOf(star, 'qualified_exclude_list').map(strip),
    rename_list: listOf(star, 'rename_list').map(entry => (isRecord(entry) ? withFields(entry, { key: strip(entry.key ?? null) }) : entry)),
  })
}

function stripName(name: SqlRecord, scopes: Scopes): SqlRecord {
  const path = ['catalog', 'schema', 'table', 'column'].map(key => textOf(name, key)).filter(part => part !== '')
  if (textOf(name, 'catalog') === '' && textOf(name, 'schema') === '') return name
  const stripped = stripPath(path, scopes.slice(0, 1))
  if (stripped.length !== 2) throw new Refusal(`\`${shown(path.join('.'))}\` is not in this FROM clause. Write table.column.`)
  return withFields(name, { catalog: '', schema: '' })
}
