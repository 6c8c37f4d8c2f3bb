import type { Name } from '../model/index.ts'
import type { TableDecision } from './decision.ts'
import type { Expr, Operand } from './expr.ts'

/** The columns and sets that the conditions of a decision look at: of its rows, of what is revealed, of its masks. */
export function conditionColumns({ rows, columns }: TableDecision): ReadonlySet<Name> {
  const found = new Set<Name>()
  for (const condition of [rows, ...columns.map(column => column.reveal)]) if (condition.kind === 'where') collect(condition.expr, found)
  for (const mask of columns.flatMap(column => column.masks)) if (mask.when !== true) collect(mask.when, found)
  return found
}

function collect(expr: Expr, found: Set<Name>): void {
  for (const column of columnsOf(expr)) found.add(column)
}

/** The columns that a condition looks at, each as often as it does. */
export function columnsOf(expr: Expr): readonly Name[] {
  switch (expr.kind) {
    case 'const':
      return []
    case 'not':
      return columnsOf(expr.of)
    case 'and':
    case 'or':
      return expr.of.flatMap(columnsOf)
    case 'if':
      return [expr.test, expr.yes, expr.no].flatMap(columnsOf)
    case 'has':
    case 'flag':
      return [expr.column]
    case 'compare':
      return [expr.left, expr.right].flatMap(operandColumns)
    case 'among':
    case 'like':
      return operandColumns(expr.operand)
    case 'member':
      return [expr.set, ...operandColumns(expr.operand)]
    case 'exactly':
      return [expr.set]
  }
}

const operandColumns = (operand: Operand): readonly Name[] => (operand.kind === 'column' ? [operand.column] : [])
