import { type ConditionalMask, type Expr, exprKey, type RowCondition, type TableDecision } from '@selvage/kernel/policy'

/** The same decision, its conditions' parts in an order of their own: the order of rules, and their names, mean nothing. */
export function ordered(decision: TableDecision): TableDecision {
  const columns = decision.columns.map(column => ({ ...column, reveal: orderedRows(column.reveal), masks: orderedMasks(column.masks) }))
  return { ...decision, rows: orderedRows(decision.rows), columns }
}

const orderedRows = (rows: RowCondition): RowCondition => (rows.kind === 'where' ? { ...rows, expr: orderedExpr(rows.expr) } : rows)

function orderedMasks(masks: readonly ConditionalMask[]): readonly ConditionalMask[] {
  const keyed = masks.map(mask => {
    const when: ConditionalMask['when'] = mask.when === true ? true : orderedExpr(mask.when)
    return { key: `${mask.transform} ${when === true ? '' : exprKey(when)}`, mask: { ...mask, when } }
  })
  return inOrder(keyed, ({ key }) => key).map(({ mask }) => mask)
}

function orderedExpr(expr: Expr): Expr {
  switch (expr.kind) {
    case 'not':
      return { ...expr, of: orderedExpr(expr.of) }
    case 'and':
    case 'or':
      return { ...expr, of: inOrder(expr.of.map(orderedExpr), exprKey) }
    case 'if':
      return { ...expr, test: orderedExpr(expr.test), yes: orderedExpr(expr.yes), no: orderedExpr(expr.no) }
    case 'among':
    case 'exactly':
      return { ...expr, values: inOrder(expr.values, value => `${typeof value} ${value}`) }
    default:
      return expr
  }
}

/** Each once. */
function inOrder<T>(list: readonly T[], keyOf: (one: T) => string): readonly T[] {
  const keyed = new Map(list.map(one => [keyOf(one), one]))
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}
