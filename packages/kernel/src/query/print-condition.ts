import type { Name } from '../model/index.ts'
import type { Expr, Operand } from '../policy/index.ts'
import { printLiteral, printText } from './sql-literal.ts'

/** A column as SQL, quoted. */
export type PrintColumn = (name: Name) => string

/** The condition as DuckDB's SQL: TRUE or FALSE for every row, never NULL. */
export const printCondition = (expr: Expr, column: PrintColumn): string => print(expr, column, true)

/**
 * The same where NULL means FALSE: in WHERE and after WHEN. Conditions stay as simple as they can be there, so that the
 * engine pushes them into the scan.
 */
export const printFilter = (expr: Expr, column: PrintColumn): string => print(expr, column, false)

function print(expr: Expr, column: PrintColumn, exact: boolean): string {
  switch (expr.kind) {
    case 'const':
      return printLiteral(expr.value)
    case 'not':
      // NOT of NULL would be NULL, so what stands below is always exact.
      return `(NOT ${print(expr.of, column, true)})`
    case 'and':
    case 'or':
      return printAll(expr, column, exact)
    case 'if':
      return `(CASE WHEN ${print(expr.test, column, false)} THEN ${print(expr.yes, column, exact)} ELSE ${print(expr.no, column, exact)} END)`
    case 'has':
      return `(${column(expr.column)} IS NOT NULL)`
    case 'flag':
      return falseIfNull(column(expr.column), exact)
    case 'compare':
      return printComparison(expr, column, exact)
    case 'among':
      return printAmong(expr, column, exact)
    case 'member':
      return falseIfNull(`list_contains(${column(expr.set)}, ${printOperand(expr.operand, column)})`, exact)
    case 'exactly':
      return printExactly(expr, column)
    case 'like':
      return falseIfNull(printLike(expr, column), exact)
  }
}

type Of<K extends Expr['kind']> = Extract<Expr, { readonly kind: K }>

const falseIfNull = (sql: string, exact: boolean): string => (exact ? `COALESCE(${sql}, FALSE)` : sql)

function printAll(expr: Of<'and' | 'or'>, column: PrintColumn, exact: boolean): string {
  if (expr.of.length === 0) return printLiteral(expr.kind === 'and')
  const parts = expr.of.map(part => print(part, column, exact))
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(expr.kind === 'and' ? ' AND ' : ' OR ')})`
}

const printOperand = (operand: Operand, column: PrintColumn): string =>
  operand.kind === 'column' ? column(operand.column) : printLiteral(operand.value)

const operators = { '==': '=', '<': '<', '<=': '<=' } as const

function printComparison(expr: Of<'compare'>, column: PrintColumn, exact: boolean): string {
  const { left, right, op } = expr
  if (left.kind === 'literal' && right.kind === 'literal') return printLiteral(literalComparison(op, left.value, right.value))
  return falseIfNull(`(${printOperand(left, column)} ${operators[op]} ${printOperand(right, column)})`, exact)
}

function literalComparison(op: '==' | '<' | '<=', left: string | bigint | boolean, right: string | bigint | boolean): boolean {
  if (op === '==') return left === right
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return false
  return op === '<' ? left < right : left <= right
}

function printAmong({ operand, values }: Of<'among'>, column: PrintColumn, exact: boolean): string {
  if (operand.kind === 'literal') return printLiteral(values.includes(operand.value))
  const list = [...new Set(values)].map(printLiteral)
  if (list.length === 0) return printLiteral(false)
  const [only] = list
  const sql = printOperand(operand, column)
  // Measured: one equality costs less than a list of one.
  return falseIfNull(list.length === 1 ? `(${sql} = ${only})` : `(${sql} IN (${list.join(', ')}))`, exact)
}

/** A set is never NULL and holds each value once. */
function printExactly({ set, values }: Of<'exactly'>, column: PrintColumn): string {
  const list = [...new Set(values)].map(printLiteral)
  const length = `(len(${column(set)}) = ${list.length})`
  return list.length === 0 ? length : `(${length} AND list_has_all(${column(set)}, [${list.join(', ')}]))`
}

/** The escape sign is plain text to every layer that reads the statement again. */
const escapeSign = '!'

function printLike({ operand, pattern }: Of<'like'>, column: PrintColumn): string {
  const sql = printOperand(operand, column)
  const texts = pattern.map(part => (part === '*' ? part : part.text))
  if (!pattern.includes('*')) return `(${sql} = ${printText(texts.join(''))})`
  const escaped = pattern.map(part => (part === '*' ? '%' : part.text.replace(/[%_!]/g, sign => escapeSign + sign))).join('')
  const plain = pattern.every(part => part === '*' || !/[%_\\]/.test(part.text))
  const unescaped = pattern.map(part => (part === '*' ? '%' : part.text)).join('')
  return plain ? `(${sql} ~~ ${printText(unescaped)})` : `like_escape(${sql}, ${printText(escaped)}, ${printText(escapeSign)})`
}
