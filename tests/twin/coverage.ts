import { allowedFunctions, allowedTableFunctions, parseTree, type SqlTree } from '../../packages/kernel/src/query/index.ts'
import {
  expressionGrammar,
  type Fields,
  modifierGrammar,
  queryGrammar,
  tableGrammar,
} from '../../packages/kernel/src/query/node-grammar.ts'
import type { TestEngine } from '../../packages/kernel/test/query/engine.ts'
import { policyForms } from './rules.ts'

/** Every production that the door takes, read from its own lists: nodes, words, functions, table functions; and every form of rule. */
export const productions: ReadonlySet<string> = new Set([
  ...wordsOf(expressionGrammar),
  ...wordsOf(queryGrammar),
  ...wordsOf(tableGrammar),
  ...Object.keys(modifierGrammar),
  ...['ALWAYS', 'NEVER', 'DEFAULT'].map(word => `CTE_MATERIALIZE_${word}`),
  ...['System', 'Bernoulli', 'Reservoir'].map(method => `sample ${method}`),
  ...[...allowedFunctions].map(name => `function ${name}`),
  ...[...allowedTableFunctions].map(name => `table function ${name}`),
  ...policyForms,
])

function wordsOf(grammar: Readonly<Record<string, Fields>>): readonly string[] {
  return Object.entries(grammar).flatMap(([tag, fields]) => [
    tag,
    ...Object.entries(fields).flatMap(([field, kind]) => (typeof kind === 'string' ? [] : kind.map(word => `${tag}.${field} ${word}`))),
  ])
}

/** Words of the list that no text can give: the engine's parser refuses them or its tree does not tell them. */
export const unreachable: ReadonlySet<string> = new Set([
  'SUBQUERY.comparison_type COMPARE_DISTINCT_FROM',
  'SUBQUERY.comparison_type COMPARE_NOT_DISTINCT_FROM',
  'WINDOW.start UNBOUNDED_FOLLOWING',
  'WINDOW.end UNBOUNDED_PRECEDING',
  'CTE_MATERIALIZE_ALWAYS',
  'CTE_MATERIALIZE_NEVER',
])

/** What a run has met, of statements that were answered. */
export class Coverage {
  readonly #seen = new Map<string, number>()

  async statement(engine: Pick<TestEngine, 'connection'>, sql: string): Promise<void> {
    const reader = await engine.connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
    this.#tree(parseTree(String(reader.getRows()[0]?.[0])))
  }

  saw(production: string): void {
    this.#seen.set(production, (this.#seen.get(production) ?? 0) + 1)
  }

  get covered(): number {
    return [...productions].filter(one => this.#seen.has(one)).length
  }

  uncovered(): readonly string[] {
    return [...productions].filter(one => !this.#seen.has(one) && !unreachable.has(one))
  }

  #tree(tree: SqlTree): void {
    if (Array.isArray(tree)) for (const item of tree as readonly SqlTree[]) this.#tree(item)
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return
    const record = tree as Readonly<Record<string, SqlTree>>
    this.#node(record)
    for (const value of Object.values(record)) this.#tree(value)
  }

  #node(record: Readonly<Record<string, SqlTree>>): void {
    const { class: kind, type, materialized, method, function_name: name, function: call } = record
    for (const [tag, grammar] of [
      [kind, expressionGrammar],
      [type, queryGrammar],
      [type, tableGrammar],
      [type, modifierGrammar],
    ] as const) {
      if (typeof tag !== 'string' || !Object.hasOwn(grammar, tag)) continue
      this.saw(tag)
      for (const [field, value] of Object.entries(record)) if (typeof value === 'string') this.saw(`${tag}.${field} ${value}`)
    }
    if (typeof materialized === 'string') this.saw(materialized)
    if (typeof method === 'string' && 'sample_size' in record) this.saw(`sample ${method}`)
    if (typeof name === 'string') this.saw(`function ${name.toLowerCase()}`)
    const table =
      typeof call === 'object' && call !== null && !Array.isArray(call)
        ? (call as Readonly<Record<string, SqlTree>>).function_name
        : undefined
    if (typeof table === 'string') this.saw(`table function ${table.toLowerCase()}`)
  }
}
