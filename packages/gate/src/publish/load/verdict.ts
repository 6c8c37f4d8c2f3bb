import { describeBound, holds } from '@selvage/kernel/contract'
import type { Rule } from '../rule.ts'

export type Verdict =
  /** Within the bound, or no more than a warning. */
  | 'keep'
  /** The failing rows are taken out. */
  | 'quarantine'
  /** No row can be blamed: nothing is published. */
  | 'refuse'

/** Whether the rule fails: `rows` of `total` rows do not meet it, or for a rule of the table, it has `rows` rows. */
export const fails = ({ bound }: Rule, rows: number, total: number): boolean => !holds(bound, rows, total)

/** What follows for the rows of a rule that fails. Taking them out must make it hold, and a percentage is about the whole. */
export function verdictOn({ severity, bound, check }: Rule): Verdict {
  if (severity === 'warning') return 'keep'
  return check.by !== 'table' && bound.unit === 'rows' && holds(bound, 0, 0) ? 'quarantine' : 'refuse'
}

/** `3 of 40 rows do not meet it, and there must be at most 2`. */
export function describeFailure({ name, bound, check }: Rule, rows: number, total: number): string {
  const counted = check.by === 'table' ? `the table has ${rows} rows` : `${rows} of ${total} rows do not meet it`
  return `the rule \`${name}\` fails: ${counted}, the number ${describeBound(bound)}`
}
