import { aggregateFunctions } from './functions.ts'
import {
  findRecord,
  isExpression,
  isExpressionOf,
  isList,
  isRecord,
  recordsIn,
  recordsOf,
  type SqlRecord,
  type SqlTree,
  textOf,
} from './tree.ts'

/**
 * Whether a statement calls anything that might fail on a row. DuckDB runs a condition of the user's before a row
 * filter of ours when it believes that it cannot fail, and it believes so of some functions and casts that can
 * (`chr`, `epoch_ms`, DATE to TIMESTAMP; seen on 1.5.6 with filters of one column too): a failure on hidden rows is an
 * oracle. So a secured relation gets a barrier unless everything in the statement is on the short list below.
 */
export function needsBarrier(tree: SqlTree): boolean {
  for (const record of recordsIn(tree)) {
    if (isExpression(record) && !isHarmless(record)) return true
    if (record.type === 'TABLE_FUNCTION' || record.type === 'PIVOT') return true
  }
  return false
}

/** On all values, for all types that a column may have. Arithmetic by `+` and `-` is not: it makes dates. */
const totalFunctions: ReadonlySet<string> = new Set([
  '~~',
  '!~~',
  '~~*',
  '!~~*',
  '*',
  '/',
  '%',
  '||',
  'lower',
  'upper',
  'length',
  'trim',
  'concat',
])

const plainOperators: ReadonlySet<string> = new Set(['OPERATOR_NOT', 'OPERATOR_IS_NULL', 'OPERATOR_IS_NOT_NULL', 'OPERATOR_COALESCE'])

function isHarmless(node: SqlRecord): boolean {
  switch (node.class) {
    case 'COLUMN_REF':
    case 'PARAMETER':
    case 'STAR':
    case 'POSITIONAL_REFERENCE':
    case 'CONJUNCTION':
    case 'SUBQUERY':
      return true
    case 'CASE':
      return !resultsOf(node).some(holdsDate)
    case 'WINDOW':
      return !recordsOf(node, 'children').some(holdsDate)
    case 'CONSTANT':
      return constantType(node) !== 'UHUGEINT'
    case 'COMPARISON':
    case 'BETWEEN':
      return ['left', 'right', 'input', 'lower', 'upper'].every(side => isComparable(findRecord(node, side)))
    case 'CAST':
      // Those of columns are not harmless; those of literals are looked at where they stand.
      return isBoolean(node) || isDateLiteral(node)
    case 'OPERATOR':
      return isPlainOperator(node) || isListOfConstants(node)
    case 'FUNCTION':
      return isHarmlessCall(node)
    default:
      return false
  }
}

const resultsOf = (node: SqlRecord): readonly SqlRecord[] =>
  [findRecord(node, 'else_expr'), ...recordsOf(node, 'case_checks').map(check => findRecord(check, 'then_expr'))].filter(isRecord)

const isPlainOperator = (node: SqlRecord): boolean =>
  plainOperators.has(textOf(node, 'type')) && !(node.type === 'OPERATOR_COALESCE' && recordsOf(node, 'children').some(holdsDate))

function isHarmlessCall(node: SqlRecord): boolean {
  const name = textOf(node, 'function_name').toLowerCase()
  return textOf(node, 'schema') === '' && (totalFunctions.has(name) || aggregateFunctions.has(name)) && !holdsDate(node)
}

/** A date or a time may meet a column in a comparison, where the engine casts the literal and not the column. */
const isComparable = (side: SqlRecord | undefined): boolean =>
  side === undefined || isExpressionOf(side, 'COLUMN_REF') || isExpressionOf(side, 'CAST') || !holdsDate(side)

const isListOfConstants = (node: SqlRecord): boolean =>
  ['COMPARE_IN', 'COMPARE_NOT_IN'].includes(textOf(node, 'type')) &&
  recordsOf(node, 'children').every((child, i) => (i === 0 ? !holdsDate(child) : isExpressionOf(child, 'CONSTANT')))

const dateTypes: ReadonlySet<string> = new Set(['DATE', 'TIMESTAMP'])

/** `DATE '2020-01-01'`: parsed as the cast of a text. */
const isDateLiteral = (node: SqlRecord): boolean => isLiteralCast(node) && dateTypes.has(castId(node))

/** `TRUE`, likewise. */
const isBoolean = (node: SqlRecord): boolean => isLiteralCast(node) && castId(node) === 'BOOLEAN'

function isLiteralCast(node: SqlRecord): boolean {
  const child = findRecord(node, 'child')
  return child !== undefined && isExpressionOf(child, 'CONSTANT')
}

const castId = (node: SqlRecord): string => textOf(findRecord(node, 'cast_type') ?? {}, 'id')
const constantType = (node: SqlRecord): string => textOf(findRecord(findRecord(node, 'value') ?? {}, 'type') ?? {}, 'id')

/** A literal date inside of a larger expression might reach a column of another type. */
function holdsDate(tree: SqlTree): boolean {
  if (isList(tree)) return tree.some(holdsDate)
  if (!isRecord(tree)) return false
  if (isExpressionOf(tree, 'CAST') && !isBoolean(tree)) return true
  return Object.values(tree).some(value => (isRecord(value) || isList(value)) && holdsDate(value))
}
