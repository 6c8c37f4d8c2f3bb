import { SelvageError } from '../model/index.ts'
import { checkExpressionCall, checkTableCall } from './check-calls.ts'
import { checkGrammar } from './check-grammar.ts'
import { positionAt } from './position.ts'
import { Refusal } from './refusal.ts'
import { getStatement } from './statement.ts'
import type { SqlTree } from './tree.ts'

/**
 * Takes one SELECT statement that is made of listed parts only: nodes, words, functions, table functions. Throws
 * `query.unsupported` that says what to write instead, and where.
 * @param text the statement as it was sent
 */
export function checkStatement(tree: SqlTree, text: string): void {
  asked(text, () => checkGrammar(getStatement(tree), { expression: checkExpressionCall, table: checkTableCall }))
}

/** Runs what may refuse, and tells the one who asked. */
export function asked<T>(text: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { detail, location } = error
    throw new SelvageError('query.unsupported', { detail, ...(location === undefined ? {} : { position: positionAt(text, location) }) })
  }
}
