import type { Name, TableId } from '../model/index.ts'
import { isMethodCall } from './check-calls.ts'
import { type CteReferences, findCteReferences } from './cte-references.ts'
import { type FromItem, fromItems } from './from-items.ts'
import { sameName } from './relation-name.ts'
import {
  findRecord,
  isExpression,
  isExpressionOf,
  isList,
  isQuery,
  isRecord,
  listOf,
  recordsOf,
  type SqlRecord,
  type SqlTree,
  textOf,
  textsOf,
} from './tree.ts'

/**
 * The columns that a statement may read, of each table in it: wherever a name, a star or a join without condition may
 * mean a column, it counts. What it does not count, the engine does not read.
 * @param tables the columns that exist, by table
 */
export function columnsUsed(tree: SqlTree, tables: ReadonlyMap<TableId, readonly Name[]>): ReadonlyMap<TableId, ReadonlySet<Name>> {
  const use = new Use(tree, tables)
  use.part(tree, [])
  return use.used
}

/** A table in scope; `seenAs` are the names of its columns there. */
interface TableItem {
  readonly alias: string
  readonly id: TableId
  readonly columns: readonly { readonly seenAs: string; readonly name: Name }[]
}

type Scopes = readonly (readonly TableItem[])[]

class Use {
  readonly used: Map<TableId, Set<Name>>
  readonly #tables: ReadonlyMap<TableId, readonly Name[]>
  readonly #references: CteReferences

  constructor(tree: SqlTree, tables: ReadonlyMap<TableId, readonly Name[]>) {
    this.#tables = tables
    this.#references = findCteReferences(tree)
    this.used = new Map([...tables.keys()].map(id => [id, new Set()]))
  }

  part(tree: SqlTree, scopes: Scopes): void {
    if (isList(tree)) for (const item of tree) this.part(item, scopes)
    if (!isRecord(tree)) return
    if (isQuery(tree)) this.#query(tree, scopes)
    else if (tree.type === 'ORDER_MODIFIER') this.#orders(tree, scopes)
    else this.#node(tree, scopes)
  }

  #node(node: SqlRecord, scopes: Scopes): void {
    if (isExpression(node)) this.#expression(node, scopes)
    if (node.type === 'JOIN') this.#join(node, scopes)
    if (node.type === 'PIVOT') this.#pivot(node, scopes)
    for (const value of Object.values(node)) this.part(value, scopes)
  }

  #query(node: SqlRecord, outer: Scopes): void {
    const from = node.from_table
    const scopes = isRecord(from) ? [this.#items(from), ...outer] : outer
    for (const [key, value] of Object.entries(node)) this.part(value, key === 'cte_map' ? outer : scopes)
  }

  /** `ORDER BY ALL` is a star over what was selected, which was counted there. */
  #orders(modifier: SqlRecord, scopes: Scopes): void {
    for (const order of recordsOf(modifier, 'orders')) {
      const expression = findRecord(order, 'expression')
      if (expression !== undefined && !(isExpressionOf(expression, 'STAR') && expression.expr === null)) this.part(expression, scopes)
    }
  }

  #items(from: SqlRecord): readonly TableItem[] {
    return fromItems(from, this.#references).flatMap(item => this.#tableItem(item) ?? [])
  }

  #tableItem({ name, table, columnNames }: FromItem): TableItem | undefined {
    const id = table?.join('.').toLowerCase() as TableId | undefined
    const columns = id === undefined ? undefined : this.#tables.get(id)
    if (id === undefined || columns === undefined) return undefined
    return { alias: name, id, columns: columns.map((column, i) => ({ seenAs: columnNames[i] ?? column, name: column })) }
  }

  #expression(node: SqlRecord, scopes: Scopes): void {
    if (isExpressionOf(node, 'COLUMN_REF')) this.#path(textsOf(node, 'column_names'), scopes)
    if (isMethodCall(node))
      this.#path(
        [textOf(node, 'catalog'), textOf(node, 'schema')].filter(part => part !== ''),
        scopes,
      )
    if (isExpressionOf(node, 'POSITIONAL_REFERENCE')) for (const item of scopes[0] ?? []) this.#all(item)
    if (isExpressionOf(node, 'STAR')) this.#star(node, scopes)
  }

  /** `column`, `column.field`, `alias`, `alias.column`, with or without the table's full name before it. */
  #path(path: readonly string[], scopes: Scopes): void {
    const items = scopes.flat()
    const [first = '', ...rest] = path
    const named = items.filter(item => path.some(part => sameName(part, item.alias)))
    const fitting = named.filter(item => rest.some(part => hasColumn(item, part)))
    for (const item of fitting) this.#named(item, rest)
    for (const item of named) if (sameName(path.at(-1) ?? '', item.alias)) this.#all(item)
    if (fitting.length === 0) for (const item of items) this.#named(item, [first])
  }

  #named(item: TableItem, names: readonly string[]): void {
    for (const column of item.columns) if (names.some(name => sameName(name, column.seenAs))) this.used.get(item.id)?.add(column.name)
  }

  #all(item: TableItem): void {
    for (const column of item.columns) this.used.get(item.id)?.add(column.name)
  }

  #star(star: SqlRecord, scopes: Scopes): void {
    const relation = textOf(star, 'relation_name')
    const items = relation === '' ? (scopes[0] ?? []) : scopes.flat().filter(item => sameName(item.alias, relation))
    const excluded = textsOf(star, 'exclude_list')
    for (const item of items) {
      const kept = item.columns.filter(column => !excluded.some(name => sameName(name, column.seenAs)))
      this.#named(
        item,
        kept.map(column => column.seenAs),
      )
    }
  }

  #join(join: SqlRecord, scopes: Scopes): void {
    const items = this.#items(join)
    const using = textsOf(join, 'using_columns')
    for (const item of items) this.#named(item, using)
    if (join.ref_type === 'NATURAL') for (const item of items) this.#all(item)
    for (const item of scopes[0] ?? []) this.#named(item, using)
  }

  /** What is neither pivoted nor aggregated is grouped by, so every column counts unless the groups are listed. */
  #pivot(pivot: SqlRecord, scopes: Scopes): void {
    const groups = textsOf(pivot, 'groups')
    const source = findRecord(pivot, 'source')
    const items = source === undefined ? [] : this.#items(source)
    for (const item of [...items, ...(scopes[0] ?? [])]) {
      if (groups.length === 0) this.#all(item)
      else this.#named(item, groups)
    }
    for (const column of listOf(pivot, 'pivots').filter(isRecord))
      for (const entry of recordsOf(column, 'entries')) this.part(entry, [items, ...scopes])
  }
}

const hasColumn = (item: TableItem, name: string): boolean => item.columns.some(column => sameName(column.seenAs, name))
