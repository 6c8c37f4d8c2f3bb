import { matchesPattern } from '../cedar/index.ts'
import type { Expr, Literal, Operand } from './expr.ts'

/** A row by logical names; a column that is not there is NULL, a set that is not there empty. */
export type Row = Readonly<Record<string, Literal | null | readonly Literal[]>>

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
    case 'member': {
      const value = operandValue(expr.operand, row)
      return value !== null && members(row, expr.set).includes(value)
    }
    case 'exactly': {
      const held = new Set(members(row, expr.set))
      const wanted = new Set(expr.values)
      return held.size === wanted.size && [...held].every(value => wanted.has(value))
    }
  }
}

function cell(row: Row, column: string): Literal | null {
  const value = Object.hasOwn(row, column) ? (row[column] ?? null) : null
  return typeof value === 'object' ? null : value
}
function members(row: Row, set: string): readonly Literal[] {
  const value = Object.hasOwn(row, set) ? row[set] : undefined
  return typeof value === 'object' && value !== null ? value : []
}
const operandValue = (operand: Operand, row: Row): Literal | null =>
  operand.kind === 'literal' ? operand.value : cell(row, operand.column)

function compare(op: '==' | '<' | '<=', left: Literal | null, right: Literal | null): boolean {
  if (left === null || right === null) return false
  if (op === '==') return left === right
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return false
  return op === '<' ? left < right : left <= right
}
