import { aggregateFunctions, allowedFunctions, allowedTableFunctions, refusedNames } from './functions.ts'
import { Refusal, shown } from './refusal.ts'
import { findLocation, findRecord, isExpressionOf, isRecord, listOf, type SqlRecord, type SqlTree, textOf, textsOf } from './tree.ts'

/** `column.lower()`: the engine reads the qualifier as the first argument, where it is no schema. */
export function isMethodCall(call: SqlRecord): boolean {
  const schema = textOf(call, 'schema').toLowerCase()
  return isExpressionOf(call, 'FUNCTION') && schema !== '' && !(schema === 'main' && isOwnCatalog(call))
}

const isOwnCatalog = (call: SqlRecord): boolean => ['', 'system'].includes(textOf(call, 'catalog').toLowerCase())

/** Refuses an expression that calls what is not on the list. */
export function checkExpressionCall(node: SqlRecord): void {
  if (isExpressionOf(node, 'FUNCTION') || isExpressionOf(node, 'WINDOW')) checkFunction(node)
  if (isExpressionOf(node, 'COLUMN_REF')) checkName(node)
}

function checkFunction(call: SqlRecord): void {
  const name = textOf(call, 'function_name')
  if (!allowedFunctions.has(name.toLowerCase()))
    throw new Refusal(`The function \`${shown(name)}\` is not taken here. Write the statement without it.`, findLocation(call))
  checkArguments(call, name.toLowerCase())
  const schema = textOf(call, 'schema').toLowerCase()
  if (schema === 'pg_catalog' || schema === 'information_schema')
    throw new Refusal('Functions of catalogs are not taken here. Call the function by its name alone.', findLocation(call))
  if (textOf(call, 'catalog') !== '' && schema === '') throw new Refusal('Call functions by their name alone.', findLocation(call))
}

/** Functions that call the aggregate whose name is their second argument. */
const callers: ReadonlySet<string> = new Set(['list_aggregate', 'list_aggr', 'array_aggregate', 'array_aggr', 'aggregate'])

/**
 * A name that is an argument is checked as any other; `bitstring_agg` without its bounds takes them from the column's
 * statistics, which know of hidden rows.
 */
function checkArguments(call: SqlRecord, name: string): void {
  const before: readonly SqlTree[] = isMethodCall(call) ? [null] : []
  const [, second, ...others] = [...before, ...listOf(call, 'children')]
  const called = callers.has(name) ? aggregateNamed(second) : undefined
  if (callers.has(name) && !aggregateFunctions.has(called ?? ''))
    throw new Refusal(`Name the aggregate of \`${shown(name)}\` as a text: \`${shown(name)}(list, 'max')\`.`, findLocation(call))
  const unbounded = name === 'bitstring_agg' ? others.length === 0 : called === 'bitstring_agg' && others.length < 2
  if (unbounded) throw new Refusal('`bitstring_agg` needs its bounds: `bitstring_agg(value, least, most)`.', findLocation(call))
}

function aggregateNamed(argument: SqlTree | undefined): string | undefined {
  if (!isRecord(argument) || !isExpressionOf(argument, 'CONSTANT')) return undefined
  const value = findRecord(argument, 'value')?.value
  return typeof value === 'string' ? value.toLowerCase() : undefined
}

function checkName(node: SqlRecord): void {
  const path = textsOf(node, 'column_names')
  const last = path.at(-1) ?? ''
  if (refusedNames.has(last.toLowerCase()) && (path.length === 1 || last.toLowerCase() === 'rowid'))
    throw new Refusal(`\`${shown(last)}\` is not taken here. Write the statement without it.`, findLocation(node))
}

/** Refuses a call in FROM that is not on the list. */
export function checkTableCall(node: SqlRecord): void {
  if (node.type !== 'TABLE_FUNCTION') return
  const call = node.function as SqlRecord
  const name = textOf(call, 'function_name')
  const qualified = !['', 'main'].includes(textOf(call, 'schema').toLowerCase()) || !isOwnCatalog(call)
  if (qualified || !allowedTableFunctions.has(name.toLowerCase()))
    throw new Refusal(
      `The table function \`${shown(name)}\` is not taken here. Select from domain.product.table, range, generate_series or unnest.`,
      findLocation(node),
    )
}
