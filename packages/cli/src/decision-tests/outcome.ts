import type { ToldColumn } from '@selvage/kernel/protect'

/** What came of one question, in the words of a decision table. */
export interface Outcome {
  readonly code?: string
  readonly rows?: string
  /** How many of the rows of the test are shown, or why that cannot be said. */
  readonly count?: string
  /** By column, or by `domain.product.table.column` where several tables were asked for. */
  readonly columns: ReadonlyMap<string, ToldColumn>
  /** Of the rules that decide the rows, or why there are none. */
  readonly rules: readonly string[]
}

export const refused = (code: string, rules: readonly string[] = []): Outcome => ({ code, columns: new Map(), rules })
