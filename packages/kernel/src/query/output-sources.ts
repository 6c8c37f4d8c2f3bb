import type { Name, TableId } from '../model/index.ts'
import {
  findRecord,
  isExpressionOf,
  isRecord,
  listOf,
  recordsIn,
  recordsOf,
  type SqlRecord,
  type SqlTree,
  textOf,
  textsOf,
} from './tree.ts'

/** A column of a table that a value of the result may come from. */
export interface ColumnSource {
  readonly table: TableId
  readonly column: Name
}

interface Output {
  readonly name: string
  readonly sources: readonly ColumnSource[]
}

/** A relation in scope. `undefined` columns: what it has is not known, so anything may come from it. */
interface Relation {
  readonly alias: string
  readonly columns: readonly Output[] | undefined
  /** Columns that a join has in common stand once in a star, so a star over them is not followed. */
  readonly merged?: boolean
}

type Scope = ReadonlyMap<string, readonly Output[] | undefined>

/**
 * For each output column, the columns that its values may come from: through aliases, subqueries, CTEs and set
 * operations where they are followed, and all columns that the statement names where they are not. It describes
 * results; nothing is enforced by it.
 * @param outputs how many columns the result has
 */
export function outputSources(
  tree: SqlTree,
  tables: ReadonlyMap<TableId, readonly Name[]>,
  outputs: number,
): readonly (readonly ColumnSource[])[] {
  const everything = namedAnywhere(tree, tables)
  const root = isRecord(tree) ? recordsOf(tree, 'statements')[0] : undefined
  const node = root === undefined ? undefined : findRecord(root, 'node')
  const found = node === undefined ? undefined : new Resolver(tables).outputsOf(node, new Map())
  if (found === undefined || found.length !== outputs) return Array.from({ length: outputs }, () => everything)
  return found.map(output => output.sources)
}

class Resolver {
  readonly #tables: ReadonlyMap<string, readonly Name[]>

  constructor(tables: ReadonlyMap<TableId, readonly Name[]>) {
    this.#tables = tables
  }

  /** Undefined where some part is not followed. */
  outputsOf(node: SqlRecord, outer: Scope): readonly Output[] | undefined {
    const scope = this.#withCtes(node, outer)
    const type = textOf(node, 'type')
    if (type === 'SELECT_NODE') return this.#select(node, scope)
    if (type === 'SET_OPERATION_NODE' && textOf(node, 'setop_type').includes('BY_NAME') === false) return this.#setOperation(node, scope)
    return undefined
  }

  #withCtes(node: SqlRecord, outer: Scope): Scope {
    const scope = new Map(outer)
    const map = findRecord(node, 'cte_map')
    for (const entry of map === undefined ? [] : recordsOf(map, 'map')) {
      const value = findRecord(entry, 'value')
      const query = value === undefined ? undefined : findRecord(value, 'query')
      const inner = query === undefined ? undefined : findRecord(query, 'node')
      const columns = inner === undefined || textOf(inner, 'type') === 'RECURSIVE_CTE_NODE' ? undefined : this.outputsOf(inner, scope)
      scope.set(textOf(entry, 'key').toLowerCase(), renamed(columns, value === undefined ? [] : textsOf(value, 'aliases')))
    }
    return scope
  }

  #setOperation(node: SqlRecord, scope: Scope): readonly Output[] | undefined {
    const children = recordsOf(node, 'children')
    const pair = children.length > 0 ? children : [findRecord(node, 'left'), findRecord(node, 'right')].filter(side => side !== undefined)
    const sides = pair.map(side => this.outputsOf(side, scope))
    const first = sides[0]
    if (first === undefined || sides.some(side => side?.length !== first.length)) return undefined
    return first.map((output, i) => ({ name: output.name, sources: sides.flatMap(side => side?.[i]?.sources ?? []) }))
  }

  #select(node: SqlRecord, scope: Scope): readonly Output[] | undefined {
    const from = findRecord(node, 'from_table')
    const relations = from === undefined ? [] : this.#relations(from, scope)
    if (relations === undefined) return undefined
    const outputs: Output[] = []
    for (const item of recordsOf(node, 'select_list')) {
      const made = isExpressionOf(item, 'STAR') ? star(item, relations) : expression(item, relations)
      if (made === undefined) return undefined
      outputs.push(...made)
    }
    return outputs
  }

  #relations(from: SqlRecord, scope: Scope): readonly Relation[] | undefined {
    const alias = textOf(from, 'alias')
    const names = textsOf(from, 'column_name_alias')
    switch (textOf(from, 'type')) {
      case 'EMPTY':
      case 'EMPTY_FROM':
        return []
      case 'BASE_TABLE':
        return [this.#base(from, alias, names, scope)]
      case 'SUBQUERY': {
        const query = findRecord(from, 'subquery')
        const inner = query === undefined ? undefined : findRecord(query, 'node')
        const columns = inner === undefined ? undefined : this.outputsOf(inner, scope)
        return columns === undefined ? undefined : [{ alias: alias.toLowerCase(), columns: renamed(columns, names) }]
      }
      case 'JOIN':
        return this.#join(from, scope)
      default:
        return undefined
    }
  }

  #join(from: SqlRecord, scope: Scope): readonly Relation[] | undefined {
    const [left, right] = ['left', 'right']
      .map(side => findRecord(from, side))
      .map(side => (side === undefined ? undefined : this.#relations(side, scope)))
    if (left === undefined || right === undefined) return undefined
    const sides = ['SEMI', 'ANTI'].includes(textOf(from, 'join_type')) ? left : [...left, ...right]
    const merges = listOf(from, 'using_columns').length > 0 || textOf(from, 'ref_type') === 'NATURAL'
    return merges ? sides.map(side => ({ ...side, merged: true })) : sides
  }

  #base(from: SqlRecord, alias: string, names: readonly string[], scope: Scope): Relation {
    const table = textOf(from, 'table_name')
    const parts = [textOf(from, 'catalog_name'), textOf(from, 'schema_name'), table].filter(part => part !== '')
    const shown = (alias === '' ? table : alias).toLowerCase()
    if (parts.length === 1) return { alias: shown, columns: renamed(scope.get(table.toLowerCase()), names) }
    const id = parts.join('.').toLowerCase() as TableId
    const columns = this.#tables.get(id)?.map(column => ({ name: column, sources: [{ table: id, column }] }))
    return { alias: shown, columns: renamed(columns, names) }
  }
}

function expression(item: SqlRecord, relations: readonly Relation[]): readonly Output[] | undefined {
  const sources: ColumnSource[] = []
  const names: string[] = []
  for (const record of recordsIn(item)) {
    // A subquery inside an expression has a scope of its own; what it names is not followed.
    if (isExpressionOf(record, 'SUBQUERY') || isExpressionOf(record, 'STAR')) return undefined
    if (!isExpressionOf(record, 'COLUMN_REF')) continue
    const path = textsOf(record, 'column_names').map(part => part.toLowerCase())
    const found = resolve(path, relations)
    if (found === undefined) return undefined
    sources.push(...found.sources)
    names.push(found.name)
  }
  return [{ name: (textOf(item, 'alias') || names[0]) ?? '', sources: unique(sources) }]
}

/** A path such as `alias.column` or `column.field`: the first part that names something decides. */
function resolve(path: readonly string[], relations: readonly Relation[]): Output | undefined {
  if (relations.some(relation => relation.columns === undefined)) return undefined
  for (const [i, part] of path.entries()) {
    const matches = relations
      .filter(relation => i === 0 || path.slice(0, i).at(-1) === relation.alias)
      .flatMap(relation => relation.columns ?? [])
    const found = matches.filter(column => column.name.toLowerCase() === part)
    if (found.length > 0) return { name: part, sources: found.flatMap(column => column.sources) }
  }
  const whole = relations.find(relation => relation.alias === path[0])
  return whole === undefined ? undefined : { name: path[0] ?? '', sources: (whole.columns ?? []).flatMap(column => column.sources) }
}

function star(item: SqlRecord, relations: readonly Relation[]): readonly Output[] | undefined {
  const plain = ['exclude_list', 'replace_list', 'rename_list', 'qualified_exclude_list'].every(key => listOf(item, key).length === 0)
  if (!plain || item.columns === true || isRecord(item.expr)) return undefined
  const wanted = textOf(item, 'relation_name').toLowerCase()
  const chosen = relations.filter(relation => wanted === '' || relation.alias === wanted)
  return chosen.some(relation => relation.columns === undefined || relation.merged === true)
    ? undefined
    : chosen.flatMap(relation => relation.columns ?? [])
}

const renamed = (columns: readonly Output[] | undefined, names: readonly string[]): readonly Output[] | undefined =>
  columns?.map((column, i) => ({ name: names[i] ?? column.name, sources: column.sources }))

const unique = (sources: readonly ColumnSource[]): readonly ColumnSource[] =>
  sources.filter((source, i) => sources.findIndex(other => other.table === source.table && other.column === source.column) === i)

/** Every column whose name stands anywhere; all columns where a star does. */
function namedAnywhere(tree: SqlTree, tables: ReadonlyMap<TableId, readonly Name[]>): readonly ColumnSource[] {
  const names = new Set<string>()
  let all = false
  for (const record of recordsIn(tree)) {
    if (isExpressionOf(record, 'STAR')) all = true
    if (isExpressionOf(record, 'COLUMN_REF')) for (const part of textsOf(record, 'column_names')) names.add(part.toLowerCase())
  }
  return [...tables].flatMap(([table, columns]) => columns.filter(column => all || names.has(column)).map(column => ({ table, column })))
}
