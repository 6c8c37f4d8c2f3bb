import type { Expr, Literal, Operand } from './expr.ts'

/** A row by logical column names; a column that is not there is NULL. */
export type Row = Readonly<Record<string, Literal | null>>

/** Whether the condition holds for one row: for tests and for replaying a decision, not for serving. */
export function evaluate(expr: Expr, row: Row): boolean {
  switch (expr.kind) {
    case 'const':
      return expr.value
    case 'not':
      return !evaluate(expr.of, row)
    case 'and':
      return expr.of.every(part => evaluate(part, row))
    case 'or':
      return expr.of.some(part => evaluate(part, row))
    case 'if':
      return evaluate(expr.test, row) ? evaluate(expr.yes, row) : evaluate(expr.no, row)
    case 'has':
      return cell(row, expr.column) !== null
    case 'flag':
      return cell(row, expr.column) === true
    case 'compare':
      return compare(expr.op, operandValue(expr.left, row), operandValue(expr.right, row))
    case 'among': {
      const value = operandValue(expr.operand, row)
      return value !== null && expr.values.includes(value)
    }
    case 'like': {
      const value = operandValue(expr.operand, row)
      return typeof value === 'string' && matchesPattern(value, expr.pattern)
    }
  }
}

const cell = (row: Row, column: string): Literal | null => (Object.hasOwn(row, column) ? (row[column] ?? null) : null)
const operandValue = (operand: Operand, row: Row): Literal | null =>
  operand.kind === 'literal' ? operand.value : cell(row, operand.column)

function compare(op: '==' | '<' | '<=', left: Literal | null, right: Literal | null): boolean {
  if (left === null || right === null) return false
  if (op === '==') return left === right
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return false
  return op === '<' ? left < right : left <= right
}

export type Pattern = readonly ('*' | { readonly text: string })[]

/** Cedar's `like`: `*` stands for any text, also none. Linear in the text for each part: first fit is best fit. */
export function matchesPattern(value: string, pattern: Pattern): boolean {
  const parts = literalParts(pattern)
  const first = parts[0] ?? ''
  const last = parts[parts.length - 1] ?? ''
  if (parts.length === 1) return value === first
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length) return false
  let at = first.length
  const end = value.length - last.length
  for (const part of parts.slice(1, -1)) {
    const found = value.indexOf(part, at)
    if (found < 0 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** The literal texts between the stars: one more than there are stars. */
function literalParts(pattern: Pattern): string[] {
  const parts = ['']
  for (const item of pattern) {
    if (item === '*') parts.push('')
    else parts[parts.length - 1] += item.text
  }
  return parts
}
