import type { Expr, Literal, Operand } from './expr.ts'

/**
 * A condition over one row in words close to SQL's, for people and decision tables. Every comparison is plainly false where a
 * value is missing, so `NOT code = 'x'` holds for a row without a code.
 */
export const tellCondition = (expr: Expr): string => tell(expr, 0)

/** How tightly a form binds: OR, AND, NOT, all else. */
const binding = { or: 1, and: 2, not: 3 } as const

function tell(expr: Expr, around: number): string {
  switch (expr.kind) {
    case 'const':
      return expr.value ? 'all' : 'none'
    case 'not':
      return expr.of.kind === 'has' ? `${expr.of.column} IS NULL` : bracketed(`NOT ${tell(expr.of, binding.not)}`, around > binding.not)
    case 'and':
    case 'or': {
      const own = binding[expr.kind]
      return bracketed(expr.of.map(part => tell(part, own + 1)).join(` ${expr.kind.toUpperCase()} `), around > own)
    }
    case 'if':
      return `CASE WHEN ${tell(expr.test, 0)} THEN ${tell(expr.yes, 0)} ELSE ${tell(expr.no, 0)} END`
    case 'has':
      return `${expr.column} IS NOT NULL`
    case 'flag':
      return expr.column
    case 'compare':
      return `${tellOperand(expr.left)} ${operators[expr.op]} ${tellOperand(expr.right)}`
    case 'among':
      return `${tellOperand(expr.operand)} IN (${expr.values.map(tellLiteral).join(', ')})`
    case 'member':
      return `${tellOperand(expr.operand)} IN ${expr.set}`
    case 'exactly':
      return `${expr.set} = [${expr.values.map(tellLiteral).join(', ')}]`
    case 'like':
      return `${tellOperand(expr.operand)} LIKE ${tellLiteral(expr.pattern.map(part => (part === '*' ? '%' : part.text.replace(/[%_\\]/g, '\\$&'))).join(''))}`
  }
}

const operators = { '==': '=', '<': '<', '<=': '<=' } as const
const bracketed = (text: string, needed: boolean): string => (needed ? `(${text})` : text)
const tellOperand = (operand: Operand): string => (operand.kind === 'column' ? operand.column : tellLiteral(operand.value))
const tellLiteral = (value: Literal): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value).toUpperCase()
