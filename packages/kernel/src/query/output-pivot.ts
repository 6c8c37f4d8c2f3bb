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
import { type Expressions, placeIn } from './output-expression.ts'
import { findName, type Scopes, starColumns } from './output-scope.ts'
import {
  findRecord,
  isExpressionOf,
  isRecord,
  recordsIn,
  recordsOf,
  SourceNumber,
  type SqlRecord,
  type SqlTree,
  textOf,
  textsOf,
} from './tree.ts'

interface Source {
  readonly expressions: Expressions
  readonly budget: Budget
  /** The pivoted relations first. */
  readonly scopes: Scopes
}

/** The columns of a PIVOT or an UNPIVOT. */
export function pivotOutputs(pivot: SqlRecord, source: Source): readonly Output[] {
  return textsOf(pivot, 'unpivot_names').length > 0 ? unpivoted(pivot, source) : pivoted(pivot, source)
}

/** Groups, then for each choice of values one column of each aggregate. What a value is chosen by makes no value. */
function pivoted(pivot: SqlRecord, source: Source): readonly Output[] {
  const pivots = recordsOf(pivot, 'pivots')
  const aggregates = recordsOf(pivot, 'aggregates').map(node => ({
    node,
    sources: source.expressions.sources(node, placeIn(source.scopes)),
  }))
  const used = new Set(
    pivots.flatMap(column => namesIn(column.pivot_expressions ?? null)).concat(aggregates.flatMap(({ node }) => namesIn(node))),
  )
  let labels: readonly (string | undefined)[] = ['']
  for (const column of pivots) {
    const entries = recordsOf(column, 'entries')
    source.budget.spend(labels.length * entries.length * Math.max(aggregates.length, 1))
    if (entries.some(entry => isRecord(entry.star_expr))) throw new Unfollowed()
    labels = labels.flatMap(before => entries.map(entry => joinedLabel(before, entryLabel(entry))))
  }
  const made = labels.flatMap(label =>
    aggregates.map(({ node, sources }) => cell(label, textOf(node, 'alias'), sources, aggregates.length)),
  )
  return [...groups(pivot, used, source), ...made]
}

function cell(label: string | undefined, alias: string, sources: Sources, aggregates: number): Output {
  const name = alias !== '' ? joinedLabel(label, alias) : aggregates === 1 ? label : undefined
  return name === undefined ? { sources } : { sources, name: name.toLowerCase() }
}

function groups(pivot: SqlRecord, used: ReadonlySet<string>, { scopes }: Source): readonly Output[] {
  const listed = textsOf(pivot, 'groups').map(name => name.toLowerCase())
  if (listed.length > 0) return listed.map(name => ({ name, sources: findName(scopes.slice(0, 1), name) ?? notFound() }))
  return without(columnsOf(scopes), used)
}

/** What is left, then the names, then the values of the columns that were turned. */
function unpivoted(pivot: SqlRecord, { expressions, scopes }: Source): readonly Output[] {
  const [column, ...more] = recordsOf(pivot, 'pivots')
  if (column === undefined || more.length > 0) throw new Unfollowed()
  const place = placeIn(scopes)
  const names = textsOf(pivot, 'unpivot_names')
  const values = names.map((): Sources[] => [])
  const used = new Set<string>()
  let open = false
  for (const entry of recordsOf(column, 'entries')) {
    const star = findRecord(entry, 'star_expr')
    if (star === undefined)
      for (const [i, name] of entryNames(entry).entries()) {
        used.add(name)
        values[i % names.length]?.push(findName(scopes.slice(0, 1), name) ?? notFound())
      }
    else {
      const turned = isExpressionOf(star, 'STAR') ? expressions.star(star, place) : expressions.item(star, place)
      open ||= turned.some(output => output.spread !== undefined)
      for (const output of turned) if (output.spread === undefined && output.name !== undefined) used.add(output.name)
      for (const name of namesIn(star)) used.add(name)
      for (const list of values) list.push(sourcesOfAll(turned))
    }
  }
  const rest = without(columnsOf(scopes), used)
  return [
    ...(open ? [spreadOf(rest, true)] : rest),
    ...textsOf(column, 'unpivot_names').map(name => ({ name: name.toLowerCase(), sources: nothing })),
    ...names.map((name, i) => ({ name: name.toLowerCase(), sources: unionOf(values[i] ?? []) })),
  ]
}

const columnsOf = ([scope]: Scopes): readonly Output[] => (scope === undefined ? [] : starColumns(scope).map(({ output }) => output))

const without = (columns: readonly Output[], used: ReadonlySet<string>): readonly Output[] =>
  changeEach(columns, output => (output.name !== undefined && used.has(output.name) ? undefined : output))

function namesIn(tree: SqlTree): readonly string[] {
  const names: string[] = []
  for (const record of recordsIn(tree))
    if (isExpressionOf(record, 'COLUMN_REF')) names.push(...textsOf(record, 'column_names').map(name => name.toLowerCase()))
  return names
}

const entryNames = (entry: SqlRecord): readonly string[] => recordsOf(entry, 'values').map(value => textOf(value, 'value').toLowerCase())

/** The engine's name of a choice; undefined where it makes it of a value that we would have to print as it does. */
function entryLabel(entry: SqlRecord): string | undefined {
  if (textOf(entry, 'alias') !== '') return textOf(entry, 'alias')
  const parts = recordsOf(entry, 'values').map(valueLabel)
  return parts.includes(undefined) ? undefined : parts.join('_')
}

function valueLabel({ type, value, is_null: isNull }: SqlRecord): string | undefined {
  if (isNull === true || !isRecord(type)) return undefined
  if (typeof value === 'string') return type.id === 'VARCHAR' ? value : undefined
  return value instanceof SourceNumber && /INT/.test(textOf(type, 'id')) ? value.source : undefined
}

const joinedLabel = (before: string | undefined, next: string | undefined): string | undefined =>
  before === undefined || next === undefined ? undefined : before === '' ? next : `${before}_${next}`

function notFound(): never {
  throw new Unfollowed()
}
