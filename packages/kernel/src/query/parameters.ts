import { isExpressionOf, recordsIn, type SqlTree, textOf } from './tree.ts'

export interface StatementParameters {
  /** The highest number; numbers below it that do not stand in the statement are counted. */
  readonly positional: number
  readonly named: readonly string[]
}

/** The parameters that the user's statement has (`$1` and `?`, or `$name`). */
export function parametersOf(tree: SqlTree): StatementParameters {
  let positional = 0
  const named = new Set<string>()
  for (const record of recordsIn(tree)) {
    if (!isExpressionOf(record, 'PARAMETER')) continue
    const identifier = textOf(record, 'identifier')
    if (/^\d{1,6}$/.test(identifier)) positional = Math.max(positional, Number(identifier))
    else named.add(identifier)
  }
  return { positional, named: [...named] }
}
