import type { Expr, Operand } from './expr.ts'

type Columns = ReadonlySet<string>
const none: Columns = new Set()

/** Columns that are certainly not NULL in every row where `expr` holds. */
export function presentWhere(expr: Expr): Columns {
  switch (expr.kind) {
    case 'has':
    case 'flag':
      return new Set([expr.column])
    case 'compare':
      return new Set([...operandColumns(expr.left), ...operandColumns(expr.right)])
    case 'among':
    case 'like':
    case 'member':
      return operandColumns(expr.operand)
    case 'and':
      return union(expr.of.map(presentWhere))
    case 'or':
      return intersection(expr.of.map(presentWhere))
    case 'not':
      return presentWhereNot(expr.of)
    case 'if':
      return intersection([
        union([presentWhere(expr.test), presentWhere(expr.yes)]),
        union([presentWhereNot(expr.test), presentWhere(expr.no)]),
      ])
    case 'const':
    case 'exactly':
      return none
  }
}

/** Columns that are certainly not NULL in every row where `expr` does not hold. */
export function presentWhereNot(expr: Expr): Columns {
  if (expr.kind === 'not') return presentWhere(expr.of)
  if (expr.kind === 'or') return union(expr.of.map(presentWhereNot))
  if (expr.kind === 'and') return intersection(expr.of.map(presentWhereNot))
  return none
}

const operandColumns = (operand: Operand): Columns => (operand.kind === 'column' ? new Set([operand.column]) : none)

const union = (sets: readonly Columns[]): Columns => new Set(sets.flatMap(set => [...set]))

function intersection(sets: readonly Columns[]): Columns {
  const [first, ...rest] = sets
  return first === undefined ? none : new Set([...first].filter(column => rest.every(set => set.has(column))))
}
