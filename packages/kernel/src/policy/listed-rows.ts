import type { Name } from '../model/index.ts'
import type { Row } from './evaluate.ts'
import type { Expr, Literal } from './expr.ts'
import { and, not, or } from './simplify.ts'

/**
 * The rows whose cells are those of one of `rows`, in the columns that `rows` have; where those have no column, all
 * or none. Throws `policy.invalid` for more than a condition may hold.
 */
export const rowsLike = (rows: readonly Row[]): Expr =>
  or(rows.map(row => and(Object.entries(row).map(([column, value]) => holds(column as Name, value)))))

function holds(column: Name, value: Literal | null | readonly Literal[]): Expr {
  if (typeof value === 'object' && value !== null) return { kind: 'exactly', set: column, values: value }
  const present: Expr = { kind: 'has', column }
  if (value === null) return not(present)
  const flag: Expr = { kind: 'flag', column }
  if (typeof value === 'boolean') return value ? flag : and([present, not(flag)])
  return { kind: 'compare', op: '==', left: { kind: 'column', column }, right: { kind: 'literal', value } }
}
