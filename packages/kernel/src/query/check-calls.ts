import { allowedFunctions, allowedTableFunctions, refusedNames } from './functions.ts'
import { Refusal, shown } from './refusal.ts'
import { findLocation, isExpressionOf, type SqlRecord, textOf, textsOf } from './tree.ts'

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
  const schema = textOf(call, 'schema').toLowerCase()
  if (schema === 'pg_catalog' || schema === 'information_schema')
    throw new Refusal('Functions of catalogs are not taken here. Call the function by its name alone.', findLocation(call))
  if (textOf(call, 'catalog') !== '' && schema === '') throw new Refusal('Call functions by their name alone.', findLocation(call))
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
