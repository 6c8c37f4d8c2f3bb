import { findRecord, isExpressionOf, isRecord, listOf, makeRecord, type SqlRecord, type SqlTree, textOf, withFields } from './tree.ts'

/**
 * The engine prints some operands without the parentheses that they need: `(NULL)['x']` as `NULL['x']`, which does not
 * parse, and `(~a) + 1` as `~(a) + 1`, which is `~(a + 1)`. Those are given a form that ends by itself: the call of a
 * function, or COALESCE of one value.
 *
 * @param node with its parts as they are to be printed
 */
export function exactOperands(node: SqlRecord): SqlRecord {
  if (isExpressionOf(node, 'COLLATE')) return withFields(node, { child: called(node.child ?? null) })
  if (isSubscript(node)) {
    const [base = null, ...rest] = listOf(node, 'children')
    return withFields(node, { children: [delimited(called(base)), ...rest] })
  }
  return isOperator(node) && listOf(node, 'children').length > 1
    ? withFields(node, { children: listOf(node, 'children').map(called) })
    : node
}

const isOperator = (node: SqlRecord): boolean => isExpressionOf(node, 'FUNCTION') && node.is_operator === true

const isSubscript = ({ type }: SqlRecord): boolean => type === 'ARRAY_EXTRACT' || type === 'ARRAY_SLICE'

/** `~a` as `"~"(a)`. */
const called = (operand: SqlTree): SqlTree =>
  isRecord(operand) && isOperator(operand) && /^[^\w]$/.test(textOf(operand, 'function_name')) && listOf(operand, 'children').length === 1
    ? withFields(operand, { is_operator: false })
    : operand

const delimited = (base: SqlTree): SqlTree =>
  !isRecord(base) || endsByItself(base)
    ? base
    : makeRecord({
        class: 'OPERATOR',
        type: 'OPERATOR_COALESCE',
        alias: '',
        query_location: base.query_location ?? null,
        children: [base],
      })

function endsByItself(base: SqlRecord): boolean {
  if (isExpressionOf(base, 'CONSTANT')) return typeOf(base) === 'VARCHAR'
  if (isExpressionOf(base, 'SUBQUERY')) return base.subquery_type !== 'EXISTS'
  return !isExpressionOf(base, 'COLLATE') && !isExpressionOf(base, 'STAR') && base.type !== 'GROUPING_FUNCTION'
}

function typeOf(constant: SqlRecord): string {
  const value = findRecord(constant, 'value')
  const type = value === undefined ? undefined : findRecord(value, 'type')
  return type === undefined ? '' : textOf(type, 'id')
}
