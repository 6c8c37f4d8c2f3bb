import type { Name, TableId } from '../model/index.ts'
import { columnsUsed } from './columns-used.ts'
import { type CteReferences, cteEntries, cteNode, findCteReferences } from './cte-references.ts'
import {
  Budget,
  type ColumnSource,
  deduplicated,
  nothing,
  type Output,
  renamed,
  type Sources,
  sourcesOfAll,
  spreadOf,
  Unfollowed,
  unionOf,
} from './output-column.ts'
import { Expressions, placeIn } from './output-expression.ts'
import { matchNames } from './output-names.ts'
import { pivotOutputs } from './output-pivot.ts'
import { empty, type From, joined, only, type Scopes } from './output-scope.ts'
import { nameParts, shownName } from './relation-name.ts'
import { getNode, getStatement } from './statement.ts'
import { findRecord, isExpressionOf, isRecord, listOf, recordsOf, type SqlRecord, type SqlTree, textOf, textsOf } from './tree.ts'

/**
 * For each output column, the columns that its values may come from: through stars, aliases, subqueries, CTEs also
 * recursive, set operations, joins with USING, PIVOT and UNPIVOT. All that an expression names counts, its conditions
 * among them; what only picks rows (WHERE, ON, GROUP BY, the values of a PIVOT) does not.
 *
 * Where types or patterns decide what a column is and its name does not tell (fields of a struct, `COLUMNS('…')` under an
 * alias), it counts all that it may be; where a part is not followed, all that the statement reads. It says more, never
 * less. It describes results; nothing is enforced by it.
 * @param names what the engine calls the columns of the result
 */
export function outputSources(
  tree: SqlTree,
  tables: ReadonlyMap<TableId, readonly Name[]>,
  names: readonly string[],
): readonly (readonly ColumnSource[])[] {
  const found = follow(tree, tables, names)
  if (found !== undefined) return found.map(sources => [...sources])
  const everything = [...columnsUsed(tree, tables)].flatMap(([table, columns]) => [...columns].map(column => ({ table, column })))
  return names.map(() => everything)
}

/** Undefined where a part is not followed. */
export function follow(
  tree: SqlTree,
  tables: ReadonlyMap<TableId, readonly Name[]>,
  names: readonly string[],
): readonly Sources[] | undefined {
  try {
    return matchNames(new Resolver(tree, tables).query(getNode(getStatement(tree)), [], new Map()), names)
  } catch (error) {
    if (error instanceof Unfollowed) return undefined
    throw error
  }
}

/** The columns of each CTE that is in sight, made when they are asked for. */
type Ctes = ReadonlyMap<SqlRecord, () => readonly Output[]>

class Resolver {
  readonly #tables: ReadonlyMap<string, readonly Output[]>
  readonly #references: CteReferences
  readonly #budget = new Budget()

  constructor(tree: SqlTree, tables: ReadonlyMap<TableId, readonly Name[]>) {
    this.#references = findCteReferences(tree)
    this.#tables = new Map(
      [...tables].map(([table, columns]) => [table, columns.map(column => ({ name: column, sources: new Set([{ table, column }]) }))]),
    )
  }

  query(node: SqlRecord, scopes: Scopes, outer: Ctes): readonly Output[] {
    this.#budget.spend(1)
    const ctes = this.#withCtes(node, scopes, outer)
    switch (node.type) {
      case 'SELECT_NODE':
        return this.#select(node, scopes, ctes)
      case 'SET_OPERATION_NODE':
        return this.#setOperation(node, scopes, ctes)
      default:
        throw new Unfollowed()
    }
  }

  #withCtes(node: SqlRecord, scopes: Scopes, outer: Ctes): Ctes {
    const ctes = new Map(outer)
    for (const entry of cteEntries(node)) {
      const before = new Map(ctes)
      let known: readonly Output[] | undefined
      ctes.set(entry, () => {
        known ??= this.#cte(entry, scopes, before)
        return known
      })
    }
    return ctes
  }

  #cte(entry: SqlRecord, scopes: Scopes, ctes: Ctes): readonly Output[] {
    const node = cteNode(entry)
    const aliases = textsOf(findRecord(entry, 'value') ?? {}, 'aliases')
    if (node === undefined) throw new Unfollowed()
    const shown = (outputs: readonly Output[]): readonly Output[] => renamed(deduplicated(outputs), aliases)
    return node.type === 'RECURSIVE_CTE_NODE'
      ? this.#recursion(entry, node, { scopes, ctes, shown })
      : shown(this.query(node, scopes, ctes))
  }

  /** What the second half adds to the columns is added until it adds no more. */
  #recursion(
    entry: SqlRecord,
    node: SqlRecord,
    { scopes, ctes: outer, shown }: { scopes: Scopes; ctes: Ctes; shown: (outputs: readonly Output[]) => readonly Output[] },
  ): readonly Output[] {
    const ctes = this.#withCtes(node, scopes, outer)
    const [left, right] = [findRecord(node, 'left'), findRecord(node, 'right')]
    if (left === undefined || right === undefined) throw new Unfollowed()
    let columns = this.query(left, scopes, ctes)
    for (;;) {
      const known = shown(columns)
      const next = byPosition([
        columns,
        this.query(
          right,
          scopes,
          new Map(ctes).set(entry, () => known),
        ),
      ])
      if (sizeOf(next) === sizeOf(columns)) return known
      columns = next
    }
  }

  /** EXCEPT and INTERSECT give rows of their first side. */
  #setOperation(node: SqlRecord, scopes: Scopes, ctes: Ctes): readonly Output[] {
    const children = recordsOf(node, 'children')
    const pair = children.length > 0 ? children : [findRecord(node, 'left'), findRecord(node, 'right')].filter(side => side !== undefined)
    const type = textOf(node, 'setop_type')
    const sides = (type.startsWith('UNION') ? pair : pair.slice(0, 1)).map(side => this.query(side, scopes, ctes))
    this.#budget.spend(sides.reduce((sum, side) => sum + side.length, 0))
    return type === 'UNION_BY_NAME' ? byName(sides) : byPosition(sides)
  }

  #select(node: SqlRecord, outer: Scopes, ctes: Ctes): readonly Output[] {
    const expressions = this.#expressions(ctes)
    const from = findRecord(node, 'from_table')
    const scopes = [from === undefined ? empty : this.#from(from, outer, ctes), ...outer]
    const aliases = new Map<string, Sources>()
    return recordsOf(node, 'select_list').flatMap(item => {
      const outputs = expressions.item(item, { ...placeIn(scopes), aliases })
      this.#budget.spend(outputs.length)
      const alias = textOf(item, 'alias').toLowerCase()
      if (alias !== '' && !isExpressionOf(item, 'STAR')) aliases.set(alias, sourcesOfAll(outputs))
      return outputs
    })
  }

  #expressions(ctes: Ctes): Expressions {
    return new Expressions({
      budget: this.#budget,
      query: (statement, scopes) => this.query(findRecord(statement, 'node') ?? {}, scopes, ctes),
    })
  }

  #from(from: SqlRecord, scopes: Scopes, ctes: Ctes): From {
    this.#budget.spend(1)
    switch (from.type) {
      case 'EMPTY':
        return empty
      case 'JOIN':
        return this.#join(from, scopes, ctes)
      default: {
        const outputs = renamed(deduplicated(this.#outputs(from, scopes, ctes)), textsOf(from, 'column_name_alias'))
        this.#budget.spend(outputs.length)
        return only({ alias: aliasOf(from), outputs })
      }
    }
  }

  #outputs(from: SqlRecord, scopes: Scopes, ctes: Ctes): readonly Output[] {
    switch (from.type) {
      case 'BASE_TABLE':
        return this.#table(from, ctes)
      case 'SUBQUERY':
        return this.query(findRecord(findRecord(from, 'subquery') ?? {}, 'node') ?? {}, scopes, ctes)
      case 'EXPRESSION_LIST':
        return this.#values(from, scopes, ctes)
      case 'TABLE_FUNCTION':
        return this.#tableFunction(from, scopes, ctes)
      case 'PIVOT': {
        const source = this.#from(findRecord(from, 'source') ?? {}, scopes, ctes)
        return pivotOutputs(from, { expressions: this.#expressions(ctes), budget: this.#budget, scopes: [source, ...scopes] })
      }
      default:
        throw new Unfollowed()
    }
  }

  #table(from: SqlRecord, ctes: Ctes): readonly Output[] {
    const entry = this.#references.get(from)
    const outputs = entry === undefined ? this.#tables.get(nameParts(from).join('.').toLowerCase()) : ctes.get(entry)?.()
    if (outputs === undefined) throw new Unfollowed()
    return outputs
  }

  /** The right side sees the left one: LATERAL, also where it is not written. */
  #join(from: SqlRecord, scopes: Scopes, ctes: Ctes): From {
    const left = this.#from(findRecord(from, 'left') ?? {}, scopes, ctes)
    const right = this.#from(findRecord(from, 'right') ?? {}, [left, ...scopes], ctes)
    return joined(left, right, textOf(from, 'join_type'), from.ref_type === 'NATURAL' ? null : textsOf(from, 'using_columns'))
  }

  #values(from: SqlRecord, scopes: Scopes, ctes: Ctes): readonly Output[] {
    const expressions = this.#expressions(ctes)
    const rows = listOf(from, 'values').map(row => (Array.isArray(row) ? row.filter(isRecord) : []))
    const names = textsOf(from, 'expected_names')
    return (rows[0] ?? []).map((_, i) => ({
      name: (names[i] ?? `col${i}`).toLowerCase(),
      sources: unionOf(rows.map(row => expressions.sources(row[i] ?? null, placeIn(scopes)))),
    }))
  }

  #tableFunction(from: SqlRecord, scopes: Scopes, ctes: Ctes): readonly Output[] {
    const call = findRecord(from, 'function') ?? {}
    const sources = this.#expressions(ctes).sources(listOf(call, 'children'), placeIn(scopes))
    const counted = from.with_ordinality === 'WITH_ORDINALITY' ? [{ name: 'ordinality', sources: nothing }] : []
    const columns = functionColumns(call)
    return [...(columns?.map(name => ({ name, sources })) ?? [{ sources, spread: [] }]), ...counted]
  }
}

/** Undefined: as many as the argument's type says. */
function functionColumns(call: SqlRecord): readonly string[] | undefined {
  const name = textOf(call, 'function_name').toLowerCase()
  if (name === 'unnest') return listOf(call, 'children').length === 1 ? [name] : undefined
  return ['range', 'generate_series'].includes(name) ? [name] : undefined
}

const aliasOf = (from: SqlRecord): string =>
  (from.type === 'TABLE_FUNCTION'
    ? textOf(from, 'alias') || textOf(findRecord(from, 'function') ?? {}, 'function_name')
    : shownName(from)
  ).toLowerCase()

const sizeOf = (outputs: readonly Output[]): number => outputs.reduce((sum, output) => sum + output.sources.size, 0)

const isPlain = (output: Output): boolean => output.spread === undefined

function byPosition(sides: readonly (readonly Output[])[]): readonly Output[] {
  const [first] = sides
  if (first === undefined) throw new Unfollowed()
  if (sides.length === 1) return first
  if (!sides.flat().every(isPlain)) return [{ sources: sourcesOfAll(sides.flat()), spread: [] }]
  if (sides.some(side => side.length !== first.length)) throw new Unfollowed()
  return first.map((output, i) => ({ ...output, sources: unionOf(sides.map(side => side[i]?.sources ?? nothing)) }))
}

function byName(sides: readonly (readonly Output[])[]): readonly Output[] {
  const outputs = sides.flat()
  const merged = new Map<string, Output>()
  for (const output of outputs.flatMap(one => one.spread ?? [one]))
    if (output.name !== undefined)
      merged.set(output.name, { name: output.name, sources: unionOf([merged.get(output.name)?.sources ?? nothing, output.sources]) })
  const loose = outputs.filter(output => output.spread?.length === 0 || (isPlain(output) && output.name === undefined))
  const columns = [...merged.values()]
  if (loose.length === 0 && outputs.every(isPlain)) return columns
  return [spreadOf([...columns, ...loose.map(output => ({ sources: output.sources }))])]
}
