import type { ConditionalMask, RowCondition, TableDecision } from './decision.ts'
import type { Expr } from './expr.ts'
import { exprKey } from './simplify.ts'

/**
 * The same decision, its cells judged only where they can be seen: what holds in every visible row needs no condition
 * any more. A representative who sees her own customers sees their columns, not columns under a condition.
 */
export function withinRows(decision: TableDecision): TableDecision {
  const { rows } = decision
  if (rows.kind !== 'where') return decision
  const known = new Set(conjuncts(rows.expr).map(exprKey))
  const holds = (expr: Expr): boolean => conjuncts(expr).every(part => known.has(exprKey(part)))
  const reveal = (condition: RowCondition): RowCondition =>
    condition.kind === 'where' && holds(condition.expr) ? { kind: 'all', because: condition.because } : condition
  const mask = (masked: ConditionalMask): ConditionalMask =>
    masked.when !== true && holds(masked.when) ? { ...masked, when: true } : masked
  return {
    ...decision,
    columns: decision.columns.map(column => ({ ...column, reveal: reveal(column.reveal), masks: column.masks.map(mask) })),
  }
}

const conjuncts = (expr: Expr): readonly Expr[] => (expr.kind === 'and' ? expr.of.flatMap(conjuncts) : [expr])
