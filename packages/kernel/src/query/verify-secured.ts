import { SelvageError } from '../model/index.ts'
import { checkExpressionCall, checkTableCall, isMethodCall } from './check-calls.ts'
import { checkGrammar } from './check-grammar.ts'
import { printTree } from './print-tree.ts'
import { isList, isRecord, type SqlRecord, type SqlTree } from './tree.ts'

// This file is the second lock: it shares the list of what is allowed with the first, and nothing about scopes. It
// knows neither how a statement was rewritten nor what was asked.

const cteName = /^selvage_[a-z0-9]{16}$/

/**
 * Verifies a statement just before it runs: every table stands inside one of the given secured relations, or is a CTE
 * of the statement under a fresh name; no parameter stands inside of a secured relation; all parts are on the lists.
 * @param tree what the engine that will run the text reads in it
 * @param templates the secured relations, read by the same engine
 * Throws `engine.refused`.
 */
export function verifySecured(tree: SqlTree, templates: readonly SqlTree[]): void {
  try {
    const known = new Set(templates.map(verifyTemplate))
    const statement = onlyStatement(tree)
    checkGrammar(statement, { expression: verifyExpression, table: checkTableCall })
    const tables: SqlRecord[] = []
    const ctes = new Set<string>()
    collect(statement, known, tables, ctes)
    for (const table of tables) verifyTable(table, ctes)
  } catch (cause) {
    throw new SelvageError('engine.refused', { cause })
  }
}

function onlyStatement(tree: SqlTree): SqlRecord {
  const statements = isRecord(tree) ? tree.statements : undefined
  const [first, ...rest] = isList(statements) ? statements : []
  const only = isRecord(tree) && tree.error === false && Object.keys(tree).length === 2
  if (!only || !isRecord(first) || rest.length > 0) throw new Error('not one statement')
  return first
}

/** One plain SELECT from one fully named table, without parameters, subqueries or CTEs. Gives the text it is known by. */
function verifyTemplate(template: SqlTree): string {
  const statement = onlyStatement(template)
  checkGrammar(statement, { expression: verifyExpression, table: checkTableCall })
  const node = statement.node
  if (!isRecord(node) || node.type !== 'SELECT_NODE') throw new Error('a template that is not a plain SELECT')
  const from = node.from_table
  if (!isRecord(from) || from.type !== 'BASE_TABLE') throw new Error('a template that is not of one table')
  if (['catalog_name', 'schema_name', 'table_name'].some(key => from[key] === ''))
    throw new Error('a template whose table is not fully named')
  refuseInside(node, from)
  return known(node)
}

function refuseInside(tree: SqlTree, from: SqlRecord): void {
  if (isList(tree)) for (const item of tree) refuseInside(item, from)
  if (!isRecord(tree)) return
  if (tree.class === 'PARAMETER') throw new Error('a template with a parameter')
  if (tree.class === 'SUBQUERY' || ('table_name' in tree && tree !== from)) throw new Error('a template with a second table')
  if (isList(tree.map) && tree.map.length > 0) throw new Error('a template with a CTE')
  for (const value of Object.values(tree)) refuseInside(value, from)
}

function verifyExpression(node: SqlRecord): void {
  checkExpressionCall(node)
  if (isMethodCall(node)) throw new Error('a call with a qualifier')
}

/** Gathers tables outside of templates and the names of all CTEs. */
function collect(tree: SqlTree, templates: ReadonlySet<string>, tables: SqlRecord[], ctes: Set<string>): void {
  if (isList(tree)) for (const item of tree) collect(item, templates, tables, ctes)
  if (!isRecord(tree)) return
  if (isTemplate(tree, templates)) return
  if ('table_name' in tree) tables.push(tree)
  const map = tree.cte_map
  if (isRecord(map) && isList(map.map)) for (const entry of map.map) addCte(entry, ctes)
  for (const value of Object.values(tree)) collect(value, templates, tables, ctes)
}

function isTemplate(tree: SqlRecord, templates: ReadonlySet<string>): boolean {
  const inner = tree.type === 'SUBQUERY' && !('class' in tree) ? tree.subquery : undefined
  const node = isRecord(inner) ? inner.node : undefined
  const from = isRecord(node) ? node.from_table : undefined
  return isRecord(from) && from.type === 'BASE_TABLE' && from.catalog_name !== '' && templates.has(known(node ?? null))
}

function addCte(entry: SqlTree, ctes: Set<string>): void {
  const name = isRecord(entry) ? entry.key : undefined
  if (typeof name !== 'string' || !cteName.test(name)) throw new Error('a CTE that kept its name')
  if (ctes.has(name)) throw new Error('two CTEs of one name')
  ctes.add(name)
}

function verifyTable(table: SqlRecord, ctes: ReadonlySet<string>): void {
  const { catalog_name: catalog, schema_name: schema, table_name: name } = table
  const bare = catalog === '' && (schema === '' || schema === 'recurring')
  if (table.type !== 'BASE_TABLE' || !bare || typeof name !== 'string' || !ctes.has(name))
    throw new Error('a table outside of its secured relation')
}

/** Equal texts, equal meaning: everything but places in the text. */
const known = (node: SqlTree): string => printTree(withoutPlaces(node))

function withoutPlaces(tree: SqlTree): SqlTree {
  if (isList(tree)) return tree.map(withoutPlaces)
  if (!isRecord(tree)) return tree
  const out: Record<string, SqlTree> = Object.create(null)
  for (const [key, value] of Object.entries(tree)) if (key !== 'query_location') out[key] = withoutPlaces(value)
  return out
}
