import type { ColumnDecision, ConditionalMask, RuleRef, Transform } from '../policy/index.ts'
import { effectiveTransform, joinTransforms } from '../protect/index.ts'
import { printName } from './sql-literal.ts'
import type { TableBinding } from './table-binding.ts'

export interface ColumnProtection {
  readonly kind: Transform | 'conditional'
  /** The rule that decided, told to whoever may discover the column. */
  readonly rule?: string
  readonly reason?: string
}

/** What a column went through: for the metadata of results. `conditional`: it differs from row to row. */
export function columnProtection(decision: ColumnDecision, binding: TableBinding): ColumnProtection {
  const { reveal, masks } = decision
  if (reveal.kind === 'none') return { kind: 'null', ...because(reveal.because) }
  const always = masks.filter(mask => mask.when === true)
  const kind = joinTransforms(...always.map(mask => effectiveOf(mask, decision, binding)))
  if (kind === 'null') return { kind, ...because(deciding(always, decision, binding, kind)) }
  const sometimes = masks.filter(mask => mask.when !== true)
  if (reveal.kind === 'where' || sometimes.length > 0)
    return { kind: 'conditional', ...because([...(reveal.kind === 'where' ? reveal.because : []), ...masks.flatMap(mask => mask.because)]) }
  return kind === 'clear' ? { kind } : { kind, ...because(deciding(always, decision, binding, kind)) }
}

/** The rules of the mask that is the whole answer; of all of them where only together they are. */
function deciding(masks: readonly ConditionalMask[], decision: ColumnDecision, binding: TableBinding, kind: Transform): readonly RuleRef[] {
  const alone = masks.filter(mask => effectiveOf(mask, decision, binding) === kind)
  return (alone.length > 0 ? alone : masks).flatMap(mask => mask.because)
}

function effectiveOf({ transform }: ConditionalMask, { name }: ColumnDecision, binding: TableBinding): Transform {
  const column = binding.columns.get(name)
  return column === undefined ? 'null' : effectiveTransform(transform, { sql: printName(name), ...column })
}

function because([first]: readonly RuleRef[]): Omit<ColumnProtection, 'kind'> {
  if (first === undefined) return {}
  return { rule: first.id, ...(first.reason === undefined ? {} : { reason: first.reason }) }
}
