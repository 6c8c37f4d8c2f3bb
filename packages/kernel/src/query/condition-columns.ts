import type { Name } from '../model/index.ts'
import type { Expr, Operand } from '../policy/index.ts'

/** The columns that a condition reads. */
export function columnsOf(expr: Expr): ReadonlySet<Name> {
  const out = new Set<Name>()
  gather(expr, out)
  return out
}

function gather(expr: Expr, out: Set<Name>): void {
  switch (expr.kind) {
    case 'const':
      return
    case 'not':
      return gather(expr.of, out)
    case 'and':
    case 'or':
      for (const part of expr.of) gather(part, out)
      return
    case 'if':
      for (const part of [expr.test, expr.yes, expr.no]) gather(part, out)
      return
    case 'has':
    case 'flag':
      out.add(expr.column)
      return
    case 'compare':
      operand(expr.left, out)
      operand(expr.right, out)
      return
    case 'among':
    case 'like':
      operand(expr.operand, out)
  }
}

function operand(value: Operand, out: Set<Name>): void {
  if (value.kind === 'column') out.add(value.column)
}
