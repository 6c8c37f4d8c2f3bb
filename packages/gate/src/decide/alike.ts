import { type ColumnDecision, evaluate, type Row, type RowCondition, type TableDecision } from '@selvage/kernel/policy'
import type { DecidedRow } from '../official/index.ts'

/** Whether the official engine decides one row, and those of its cells that both were asked about, as a decision of ours has it. */
export function isAlike({ rows, columns }: Pick<TableDecision, 'rows' | 'columns'>, row: Row, { visible, cells }: DecidedRow): boolean {
  if (holds(rows, row) !== visible) return false
  return (
    !visible || columns.every(column => JSON.stringify(maskedBy(column, row)) === JSON.stringify(cells[column.name]?.toSorted() ?? null))
  )
}

const holds = (condition: RowCondition, row: Row): boolean =>
  condition.kind === 'all' || (condition.kind === 'where' && evaluate(condition.expr, row))

function maskedBy({ reveal, masks }: ColumnDecision, row: Row): readonly string[] | null {
  if (!holds(reveal, row)) return null
  return [...new Set(masks.filter(({ when }) => when === true || evaluate(when, row)).map(({ transform }) => transform))].sort()
}
