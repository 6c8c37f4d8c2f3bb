import { SelvageError, type TableId } from '../model/index.ts'
import { isMethodCall } from './check-calls.ts'
import { type CteReferences, findCteReferences } from './cte-references.ts'
import { exactConstant } from './exact-constant.ts'
import { exactOperands } from './exact-operand.ts'
import { type FromItem, fromItems } from './from-items.ts'
import { printTree } from './print-tree.ts'
import { Refusal } from './refusal.ts'
import { nameParts, shownName } from './relation-name.ts'
import { getNode, getStatement, withStatement } from './statement.ts'
import { stripPath, stripQualified } from './strip-path.ts'
import {
  findLocation,
  isBaseTable,
  isExpression,
  isExpressionOf,
  isList,
  isQuery,
  isRecord,
  listOf,
  makeRecord,
  mapParts,
  recordsIn,
  SourceNumber,
  type SqlRecord,
  type SqlTree,
  textOf,
  textsOf,
  withFields,
} from './tree.ts'

export interface RewriteInput {
  /** The secured relation of each table, parsed. */
  readonly tables: ReadonlyMap<TableId, SqlTree>
  /** Sixteen random characters of [a-z0-9]. */
  readonly fresh: () => string
  /**
   * Each secured relation stands once, as a CTE of the whole statement. An engine that keeps CTEs apart gives their rows
   * on in full vectors and knows no number of them, so nothing above can tell how many rows were hidden.
   */
  readonly apart?: boolean
}

/** What the names of all CTEs begin with after the rewrite. */
export const ctePrefix = 'selvage_'

/**
 * The statement with each table replaced by its secured relation and each CTE under a fresh name, so that a mistake
 * about scopes ends in an error and never in a table. `checkStatement` comes first. Throws `query.unsupported`.
 */
export function rewrite(tree: SqlTree, input: RewriteInput): SqlTree {
  try {
    const statement = getStatement(tree)
    return withStatement(tree, new Rewriter(tree, input).statement(statement))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    throw new SelvageError('query.unsupported', { detail: error.detail })
  }
}

type Scopes = readonly (readonly FromItem[])[]

class Rewriter {
  readonly #input: RewriteInput
  readonly #references: CteReferences
  /** Entries of `cte_map` -> their names from now on. */
  readonly #names = new Map<SqlRecord, string>()
  /** Unnamed expressions that hold a subquery -> what their columns are called. */
  readonly #expressions = new Map<string, string>()
  readonly #templates = new Map<TableId, SqlRecord>()
  readonly #apart = new Map<SqlRecord, string>()

  constructor(tree: SqlTree, input: RewriteInput) {
    this.#input = input
    this.#references = findCteReferences(tree)
  }

  statement(statement: SqlRecord): SqlRecord {
    const node = this.#part(getNode(statement), [])
    if (!isRecord(node)) throw new Refusal('The statement is not taken here.')
    return withFields(statement, { node: this.#apart.size === 0 ? node : this.#withRelations(node) })
  }

  #withRelations(node: SqlRecord): SqlRecord {
    const { cte_map: map } = node
    if (!isRecord(map)) throw new Refusal('The statement is not taken here.')
    const entries = [...this.#apart].map(([template, name]) => relationEntry(template, name))
    return withFields(node, { cte_map: withFields(map, { map: [...entries, ...listOf(map, 'map')] }) })
  }

  #part(tree: SqlTree, scopes: Scopes): SqlTree {
    if (isList(tree)) return tree.map(item => this.#part(item, scopes))
    if (!isRecord(tree)) return tree
    if (isQuery(tree)) return this.#query(tree, scopes)
    if (isBaseTable(tree)) return this.#table(tree)
    if (isExpression(tree)) return this.#expression(tree, scopes)
    const inside = tree.type === 'PIVOT' ? this.#withNames(tree, 'aggregates') : tree
    return mapParts(inside, part => this.#part(part, scopes))
  }

  #query(node: SqlRecord, outer: Scopes): SqlRecord {
    const from = node.from_table
    const scopes = isRecord(from) ? [fromItems(from, this.#references), ...outer] : outer
    const renamed = node.type === 'SELECT_NODE' ? this.#withNames(node, 'select_list') : node
    return mapFields(renamed, (key, value) => (key === 'cte_map' ? this.#ctes(node, outer) : this.#part(value, scopes)))
  }

  /**
   * The engine calls an unnamed expression by its text, which would now hold our own. Such a column gets a name that
   * depends on nothing but what the asker wrote: the same expression, the same name.
   */
  #withNames(record: SqlRecord, key: string): SqlRecord {
    const named = (item: SqlTree): SqlTree =>
      isRecord(item) && textOf(item, 'alias') === '' && holdsSubquery(item) ? withFields(item, { alias: this.#nameFor(item) }) : item
    return withFields(record, { [key]: listOf(record, key).map(named) })
  }

  #nameFor(item: SqlRecord): string {
    const text = printTree(plain(item))
    const name = this.#expressions.get(text) ?? `(expression ${this.#expressions.size + 1})`
    this.#expressions.set(text, name)
    return name
  }

  #ctes(node: SqlRecord, scopes: Scopes): SqlTree {
    const { cte_map: map } = node
    if (!isRecord(map)) throw new Refusal('The statement is not taken here.')
    return withFields(map, { map: listOf(map, 'map').map(entry => (isRecord(entry) ? this.#cte(entry, scopes) : entry)) })
  }

  #cte(entry: SqlRecord, scopes: Scopes): SqlRecord {
    const name = this.#nameOf(entry)
    const value = this.#part(entry.value ?? null, scopes)
    return withFields(entry, { key: name, value: renameRecursion(value, name) })
  }

  #nameOf(entry: SqlRecord): string {
    const known = this.#names.get(entry)
    if (known !== undefined) return known
    const name = ctePrefix + this.#input.fresh()
    this.#names.set(entry, name)
    return name
  }

  #table(table: SqlRecord): SqlRecord {
    const entry = this.#references.get(table)
    if (entry !== undefined) return withFields(table, { table_name: this.#nameOf(entry), alias: shownName(table) })
    const template = this.#template(table)
    if (this.#input.apart === true)
      return withFields(table, { catalog_name: '', schema_name: '', table_name: this.#relationName(template), alias: shownName(table) })
    return makeRecord({
      type: 'SUBQUERY',
      alias: shownName(table),
      sample: table.sample ?? null,
      query_location: table.query_location ?? noLocation,
      subquery: template,
      column_name_alias: table.column_name_alias ?? [],
    })
  }

  #relationName(template: SqlRecord): string {
    const name = this.#apart.get(template) ?? ctePrefix + this.#input.fresh()
    this.#apart.set(template, name)
    return name
  }

  #template(table: SqlRecord): SqlRecord {
    const parts = nameParts(table)
    const id = parts.join('.').toLowerCase() as TableId
    const known = this.#templates.get(id)
    if (known !== undefined) return known
    const tree = parts.length === 3 ? this.#input.tables.get(id) : undefined
    if (tree === undefined) throw new Refusal('Tables are named domain.product.table.', findLocation(table))
    const template = makeRecord({ node: getNode(getStatement(tree)), namedparam_map: [] })
    this.#templates.set(id, template)
    return template
  }

  #expression(node: SqlRecord, scopes: Scopes): SqlTree {
    if (isExpressionOf(node, 'COLUMN_REF')) return withFields(node, { column_names: stripPath(textsOf(node, 'column_names'), scopes) })
    if (isExpressionOf(node, 'CONSTANT')) return exactConstant(node)
    const inner = exactOperands(mapParts(node, part => this.#part(part, scopes)) as SqlRecord)
    if (isMethodCall(node)) return asPlainCall(inner, scopes)
    return isExpressionOf(node, 'STAR') ? stripQualified(inner, scopes) : inner
  }
}

const noLocation = new SourceNumber('18446744073709551615')

/** `name AS (SELECT * FROM (template) AS selvage)`: the child knows a secured relation where it stands in FROM. */
function relationEntry(template: SqlRecord, name: string): SqlRecord {
  const star = {
    class: 'STAR',
    type: 'STAR',
    alias: '',
    query_location: noLocation,
    relation_name: '',
    exclude_list: [],
    replace_list: [],
    columns: false,
    expr: null,
    qualified_exclude_list: [],
    rename_list: [],
  }
  const from = { type: 'SUBQUERY', alias: 'selvage', sample: null, query_location: noLocation, subquery: template, column_name_alias: [] }
  const node = withFields(getNode(template), {
    modifiers: [],
    select_list: [makeRecord(star)],
    from_table: makeRecord(from),
    where_clause: null,
  })
  const query = withFields(template, { node })
  const value = makeRecord({ aliases: [], query, materialized: 'CTE_MATERIALIZE_DEFAULT', key_targets: [] })
  return makeRecord({ key: name, value })
}

/** `column.lower(…)` as `lower(column, …)`: qualifiers of calls are not let through. */
function asPlainCall(call: SqlRecord, scopes: Scopes): SqlRecord {
  const path = [textOf(call, 'catalog'), textOf(call, 'schema')].filter(part => part !== '')
  const column = makeRecord({
    class: 'COLUMN_REF',
    type: 'COLUMN_REF',
    alias: '',
    query_location: call.query_location ?? noLocation,
    column_names: stripPath(path, scopes),
  })
  return withFields(call, { catalog: '', schema: '', children: [column, ...listOf(call, 'children')] })
}

/** The node of a recursion names its CTE a second time. */
function renameRecursion(info: SqlTree, name: string): SqlTree {
  if (!isRecord(info) || !isRecord(info.query)) return info
  const node = getNode(info.query)
  if (node.type !== 'RECURSIVE_CTE_NODE') return info
  return withFields(info, { query: withFields(info.query, { node: withFields(node, { cte_name: name }) }) })
}

const holdsSubquery = (tree: SqlTree): boolean => {
  for (const record of recordsIn(tree)) if (isExpressionOf(record, 'SUBQUERY')) return true
  return false
}

/** Without places in the text. */
function plain(tree: SqlTree): SqlTree {
  if (isList(tree)) return tree.map(plain)
  return isRecord(tree) ? mapFields(tree, (key, value) => (key === 'query_location' ? null : plain(value))) : tree
}

function mapFields(record: SqlRecord, change: (key: string, value: SqlTree) => SqlTree): SqlRecord {
  const out: Record<string, SqlTree> = Object.create(null)
  for (const [key, value] of Object.entries(record)) out[key] = change(key, value)
  return out
}
