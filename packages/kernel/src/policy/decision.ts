import type { Name, TableId } from '../model/index.ts'
import type { Circumstances } from './circumstances.ts'
import type { Expr } from './expr.ts'

export type AttributeValue = string | number | boolean | readonly string[]

/** One who asks. `id` is `issuer alias/sub`. */
export interface Subject {
  readonly kind: 'User' | 'Workload' | 'Agent'
  readonly id: string
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly attributes: Readonly<Record<string, AttributeValue>>
}

/** The person (or program), the agents that act for them (each a ceiling), and the stated purpose. */
export interface Asker {
  readonly subject: Subject
  readonly actors: readonly Subject[]
  readonly purpose: string
  /** Absent: nothing is known of them (`nothingKnown`). */
  readonly circumstances?: Circumstances
}

/** A rule that took part in a decision. `reason` is for people (`@reason`). */
export interface RuleRef {
  readonly id: string
  readonly reason?: string
}

/**
 * Which rows of a table are visible. "No filter" is a value with a reason, never an absence.
 */
export type RowCondition =
  | { readonly kind: 'all'; readonly because: readonly RuleRef[] }
  | { readonly kind: 'none'; readonly because: readonly RuleRef[] }
  | { readonly kind: 'where'; readonly expr: Expr; readonly because: readonly RuleRef[] }

export type Transform = 'clear' | 'partial' | 'generalize' | 'token' | 'null'

/** A transform that applies to the rows where `when` holds (`true`: to all of them). */
export interface ConditionalMask {
  readonly transform: Exclude<Transform, 'clear'>
  readonly when: Expr | true
  readonly because: readonly RuleRef[]
}

/**
 * What becomes of a column's cells. Where `reveal` does not hold: a typed NULL. Else the join of all
 * masks whose condition holds; none: clear.
 */
export interface ColumnDecision {
  readonly name: Name
  readonly reveal: RowCondition
  readonly masks: readonly ConditionalMask[]
}

export interface TableDecision {
  readonly table: TableId
  readonly rows: RowCondition
  /** The columns that may be discovered, in the contract's order. Others do not exist. */
  readonly columns: readonly ColumnDecision[]
}
