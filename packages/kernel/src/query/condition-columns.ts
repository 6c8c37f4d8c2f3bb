import type { Name } from '../model/index.ts'
import type { Expr, Operand } from '../policy/index.ts'

/** The columns and sets that a condition reads. */
export function columnsOf(expr: Expr): ReadonlySet<Name> {
  switch (expr.kind) {
    case 'const':
      return new Set()
    case 'not':
      return columnsOf(expr.of)
    case 'and':
    case 'or':
      return union(expr.of)
    case 'if':
      return union([expr.test, expr.yes, expr.no])
    case 'has':
    case 'flag':
      return new Set([expr.column])
    case 'compare':
      return new Set([...operandColumn(expr.left), ...operandColumn(expr.right)])
    case 'among':
    case 'like':
      return new Set(operandColumn(expr.operand))
    case 'member':
      return new Set([expr.set, ...operandColumn(expr.operand)])
    case 'exactly':
      return new Set([expr.set])
  }
}

const union = (parts: readonly Expr[]): ReadonlySet<Name> => new Set(parts.flatMap(part => [...columnsOf(part)]))
const operandColumn = (operand: Operand): readonly Name[] => (operand.kind === 'column' ? [operand.column] : [])
