import { isMethodCall } from './check-calls.ts'
import {
  type Budget,
  changeEach,
  nothing,
  type Output,
  type Sources,
  sourcesOfAll,
  spreadOf,
  Unfollowed,
  unionOf,
} from './output-column.ts'
import { findName, findPath, named, type Scopes, starColumns } from './output-scope.ts'
import {
  findRecord,
  isExpression,
  isExpressionOf,
  isList,
  isRecord,
  listOf,
  recordsIn,
  recordsOf,
  SourceNumber,
  type SqlRecord,
  type SqlTree,
  textOf,
  textsOf,
} from './tree.ts'

export interface Place {
  readonly scopes: Scopes
  /** What the select list has named so far. */
  readonly aliases: ReadonlyMap<string, Sources>
  /** Parameters of lambdas: what they hold came in with the list beside them. */
  readonly bound: ReadonlySet<string>
  /** What a star in the middle of an expression stands for. */
  readonly star?: Sources | undefined
}

interface Parts {
  readonly budget: Budget
  /** The columns of a subquery. */
  readonly query: (statement: SqlRecord, scopes: Scopes) => readonly Output[]
}

export const placeIn = (scopes: Scopes): Place => ({ scopes, aliases: new Map(), bound: new Set() })

/** Which columns the values of expressions come from: all that an expression names, its conditions among them. */
export class Expressions {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The columns that one item of a select list makes. */
  item(item: SqlRecord, place: Place): readonly Output[] {
    if (isExpressionOf(item, 'STAR')) return this.star(item, place)
    const star = starIn(item)
    if (star !== undefined) return this.#each(item, star, place)
    const sources = this.sources(item, place)
    const name = nameOf(item)
    const output = { sources, ...(name === undefined ? {} : { name }) }
    return isCallOf(item, 'unnest') ? this.#unnested(item, output, place) : [output]
  }

  sources(tree: SqlTree, place: Place): Sources {
    if (isList(tree)) return unionOf(tree.map(part => this.sources(part, place)))
    if (!isRecord(tree)) return nothing
    this.#parts.budget.spend(1)
    switch (tree.class) {
      case 'COLUMN_REF':
        return this.#path(textsOf(tree, 'column_names'), place)
      case 'POSITIONAL_REFERENCE':
        return positional(tree, place.scopes)
      case 'SUBQUERY':
        return this.#subquery(tree, place)
      case 'STAR':
        return place.star ?? sourcesOfAll(this.star(tree, place))
      case 'FUNCTION':
        return this.#call(tree, place)
      case 'OPERATOR':
        return tree.type === 'OPERATOR_UNPACK' ? this.#below(tree, withoutStar(place)) : this.#below(tree, place)
      default:
        return this.#below(tree, place)
    }
  }

  #below(record: SqlRecord, place: Place): Sources {
    return unionOf(Object.values(record).map(value => this.sources(value, place)))
  }

  #path(names: readonly string[], { scopes, aliases, bound }: Place): Sources {
    const path = names.map(name => name.toLowerCase())
    const [first = ''] = path
    if (bound.has(first)) return nothing
    const alias = findName(scopes, first) === undefined && path.length === 1 ? aliases.get(first) : undefined
    const found = alias ?? findPath(scopes, path) ?? aliases.get(first)
    if (found === undefined && !(path.length === 1 && sessionNames.has(first))) throw new Unfollowed()
    return found ?? nothing
  }

  /** The rows that EXISTS looks for are no values; a condition on rows is none either. */
  #subquery(node: SqlRecord, place: Place): Sources {
    const child = this.sources(node.child ?? null, place)
    const statement = findRecord(node, 'subquery')
    if (node.subquery_type === 'EXISTS' || statement === undefined) return child
    return unionOf([child, sourcesOfAll(this.#parts.query(statement, place.scopes))])
  }

  #call(call: SqlRecord, place: Place): Sources {
    const path = isMethodCall(call) ? [textOf(call, 'catalog'), textOf(call, 'schema')].filter(part => part !== '') : []
    const own = path.length > 0 && textOf(call, 'schema') !== 'main' ? this.#path(path, place) : nothing
    const children = recordsOf(call, 'children').map(child => this.sources(child, lambdaPlace(call, child, place)))
    const others = ['filter', 'order_bys'].map(key => this.sources(call[key] ?? null, place))
    return unionOf([own, ...children, ...others])
  }

  /** `max(COLUMNS(…))`: one column for each that the star stands for. */
  #each(item: SqlRecord, star: SqlRecord, place: Place): readonly Output[] {
    const alias = textOf(item, 'alias').toLowerCase()
    // `* LIKE '…'` chooses among the columns and calls nothing.
    if (star.columns !== true) return [spreadOf(this.star(star, place))]
    return changeEach(this.star(star, place), ({ name, sources, ...rest }) => {
      const shown = alias === '' ? name : alias.includes('\\') ? undefined : alias
      return { ...rest, ...(shown === undefined ? {} : { name: shown }), sources: this.sources(item, { ...place, star: sources }) }
    })
  }

  /** `*`, `t.*`, `struct.*`, `COLUMNS(…)`. */
  star(star: SqlRecord, place: Place): readonly Output[] {
    const columns = this.#starColumns(star, place)
    this.#parts.budget.spend(columns.length)
    const replaced = new Map(recordsOf(star, 'replace_list').map(entry => [textOf(entry, 'key').toLowerCase(), entry.value ?? null]))
    const chosen = changeEach(columns, output => {
      const value = replaced.get(output.name ?? '')
      const name = newName(star, output.name)
      const sources = value === undefined ? output.sources : this.sources(value, withoutStar(place))
      return { ...output, ...(name === undefined ? {} : { name }), sources }
    })
    const pattern = findRecord(star, 'expr')
    return pattern === undefined ? chosen : [spreadOf(chosen)]
  }

  #starColumns(star: SqlRecord, place: Place): readonly Output[] {
    const inner = findRecord(star, 'expr')
    const stars = inner === undefined ? undefined : starIn(inner)
    if (stars !== undefined) return this.star(stars, place)
    const relation = textOf(star, 'relation_name').toLowerCase()
    const [scope] = place.scopes
    if (relation === '')
      return scope === undefined
        ? []
        : columnsOf(
            star,
            starColumns(scope, (of, name) => isLeftOut(star, of, name)),
          )
    const [found] = place.scopes.flatMap(from => named(from, relation))
    if (found !== undefined)
      return columnsOf(
        star,
        found.outputs.map(output => ({ relation, output })),
      )
    return [{ sources: this.#path([relation], place), spread: [] }]
  }

  /** A struct becomes a column for each of its fields, a list one column. */
  #unnested(item: SqlRecord, output: Output, place: Place): readonly Output[] {
    const [inner, ...options] = recordsOf(item, 'children')
    if (inner === undefined || options.length > 0) return [{ sources: output.sources, spread: [] }]
    if (isCallOf(inner, 'list_value')) return [output]
    if (!isCallOf(inner, 'struct_pack')) return [{ sources: output.sources, spread: output.name === undefined ? [] : [output] }]
    return recordsOf(inner, 'children').map(field => ({ name: textOf(field, 'alias').toLowerCase(), sources: this.sources(field, place) }))
  }
}

function columnsOf(star: SqlRecord, columns: readonly { readonly relation: string; readonly output: Output }[]): readonly Output[] {
  return columns.flatMap(({ relation, output }) =>
    changeEach([output], one => (one.name !== undefined && isLeftOut(star, relation, one.name) ? undefined : one)),
  )
}

function isLeftOut(star: SqlRecord, relation: string, name: string): boolean {
  const fits = (entry: SqlRecord): boolean =>
    textOf(entry, 'column').toLowerCase() === name && ['', relation].includes(textOf(entry, 'table').toLowerCase())
  return textsOf(star, 'exclude_list').some(text => text.toLowerCase() === name) || recordsOf(star, 'qualified_exclude_list').some(fits)
}

function newName(star: SqlRecord, name: string | undefined): string | undefined {
  const entry = recordsOf(star, 'rename_list').find(({ key }) => isRecord(key) && textOf(key, 'column').toLowerCase() === name)
  return entry === undefined ? name : textOf(entry, 'value').toLowerCase()
}

/** The star of an expression that becomes one for each of its columns; those inside subqueries and `*COLUMNS(…)` do not. */
function starIn(tree: SqlTree): SqlRecord | undefined {
  if (isList(tree)) {
    for (const part of tree) {
      const found = starIn(part)
      if (found !== undefined) return found
    }
    return undefined
  }
  if (!isRecord(tree) || isExpressionOf(tree, 'SUBQUERY') || tree.type === 'OPERATOR_UNPACK') return undefined
  return isExpressionOf(tree, 'STAR') ? tree : starIn(Object.values(tree))
}

/** `#n` counts the columns of FROM as they stand there. */
function positional(node: SqlRecord, [scope]: Scopes): Sources {
  const outputs = scope?.relations.flatMap(relation => relation.outputs) ?? []
  const index = node.index instanceof SourceNumber ? Number(node.index.source) - 1 : -1
  return outputs.some(output => output.spread !== undefined) ? sourcesOfAll(outputs) : (outputs[index]?.sources ?? nothing)
}

/** As the engine names it, where that is not the text of the whole expression. */
function nameOf(item: SqlRecord): string | undefined {
  const alias = textOf(item, 'alias')
  if (alias !== '') return alias.toLowerCase()
  return isExpressionOf(item, 'COLUMN_REF') ? textsOf(item, 'column_names').at(-1)?.toLowerCase() : undefined
}

const isCallOf = (node: SqlRecord, name: string): boolean =>
  isExpressionOf(node, 'FUNCTION') && textOf(node, 'function_name').toLowerCase() === name

const withoutStar = (place: Place): Place => ({ ...place, star: undefined })

/** Values of the session where no column has the name. */
const sessionNames: ReadonlySet<string> = new Set(
  'current_date current_time current_timestamp current_user localtime localtimestamp session_user user current_role'.split(' '),
)

const takesLambda = /^(?:(?:list|array)_)?(?:transform|apply|filter|reduce)$/

/** `x -> …` is a lambda as an argument of these, and JSON's arrow elsewhere. */
function lambdaPlace(call: SqlRecord, child: SqlRecord, place: Place): Place {
  if (!isExpressionOf(child, 'LAMBDA') || !takesLambda.test(textOf(call, 'function_name').toLowerCase())) return place
  const names: string[] = []
  for (const record of recordsIn(child.lhs))
    if (isExpression(record)) names.push(...listOf(record, 'column_names').map(name => String(name).toLowerCase()))
  return { ...place, bound: new Set([...place.bound, ...names]) }
}
