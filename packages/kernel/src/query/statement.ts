import { Refusal } from './refusal.ts'
import { findRecord, isRecord, listOf, makeRecord, type SqlRecord, type SqlTree, withFields } from './tree.ts'

/** The one statement of a tree, `{ node, named_param_map }`. */
export function getStatement(tree: SqlTree): SqlRecord {
  if (!isRecord(tree) || tree.error !== false) throw new Refusal('The statement is not well formed SQL.')
  const statements = listOf(tree, 'statements')
  const [first] = statements
  if (statements.length !== 1 || !isRecord(first)) throw new Refusal('Send one SELECT statement at a time.')
  if (Object.keys(tree).some(key => key !== 'error' && key !== 'statements')) throw new Refusal('The statement is not taken here.')
  return first
}

export function getNode(statement: SqlRecord): SqlRecord {
  const node = findRecord(statement, 'node')
  if (node === undefined) throw new Refusal('The statement is not a SELECT.')
  return node
}

/** The same tree with another statement in it. */
export const withStatement = (tree: SqlTree, statement: SqlRecord): SqlTree =>
  isRecord(tree) ? withFields(tree, { statements: [statement] }) : makeRecord({ error: false, statements: [statement] })
