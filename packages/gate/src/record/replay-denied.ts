import { SelvageError, type TableId } from '@selvage/kernel/model'
import { type Asker, decide, declarable, discoverable, type TableDecision, touchedLabels, withinRows } from '@selvage/kernel/policy'
import { checkStatement, columnsUsed, findTables, parseTree, type SqlTree } from '@selvage/kernel/query'
import type { Identified } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import type { Model } from '../sync/model.ts'
import type { Again, Detail, Recorded } from './recorded.ts'

/** A statement that was refused, read again. */
export interface Denied {
  readonly sql: string
  readonly tree: SqlTree
  /** That it names, whether they exist or not. */
  readonly tables: readonly TableId[]
}

/** Undefined: none, or one that is not kept whole or names nothing; of such nobody can say whose it is to audit. */
export async function readDenied(gate: Gate, { who }: Identified, { sql, sql_sha256: cut }: Detail): Promise<Denied | undefined> {
  if (sql === undefined || cut !== undefined) return undefined
  try {
    const tree = parseTree(await gate.parser.parse(sql, who.subject.id))
    return { sql, tree, tables: namedIn(tree, sql) }
  } catch (error) {
    if (error instanceof SelvageError && error.code.startsWith('query.')) return undefined
    throw error
  }
}

const namedIn = (tree: SqlTree, sql: string): readonly TableId[] => [
  ...new Set(findTables(tree, sql).map(({ parts }) => parts.join('.').toLowerCase() as TableId)),
]

const decidedCodes = ['query.unknown_table', 'purpose.not_permitted', 'policy.denied']

/** Bounds, the form of a statement and what is missing elsewhere are nothing that rules decide. */
export const isDecided = ({ code = '' }: Recorded): boolean => decidedCodes.includes(code)

interface Ruled {
  readonly code: string
  /** Ids, in the order in which they are told. */
  readonly rules: readonly string[]
  readonly decisions: readonly TableDecision[]
  readonly labels: readonly string[]
}

export function denyAgain(model: Model, asker: Asker, recorded: Recorded, denied: Denied): Again {
  const { code, rules, decisions, labels } = rule(model, asker, denied)
  const why: string[] = []
  if (code !== recorded.code) why.push(`it was ${recorded.code}, and is ${code}`)
  else if (!isSame(rules, recorded)) why.push('it was refused by other rules')
  return { why, decisions, labels }
}

function isSame(rules: readonly string[], { rules: was, more_rules: more = 0 }: Recorded): boolean {
  return rules.length === was.length + more && was.every((id, at) => id === rules[at])
}

/** In the order in which a gate decides. */
function rule({ policies }: Model, asker: Asker, { sql, tree, tables }: Denied): Ruled {
  const told = (code: string, labels: readonly string[] = [], decision?: TableDecision): Ruled => ({
    code,
    rules: decision?.rows.because.map(({ id }) => id) ?? [],
    decisions: decision === undefined ? [] : [decision],
    labels,
  })
  const visible = discoverable(policies, asker)
  const whole = findTables(tree, sql).every(({ parts }) => parts.length === 3)
  if (!whole || !tables.every(id => visible.has(id))) return told('query.unknown_table')
  const form = formOf(tree, sql)
  if (form !== undefined) return told(form)
  if (!declarable(policies, asker).includes(asker.purpose)) return told('purpose.not_permitted')
  const labels = touchedLabels(policies.world, columnsUsed(tree, new Map(tables.map(id => [id, visible.get(id)!]))))
  for (const id of tables) {
    const decision = decide(policies, asker, id, labels)
    if ('kind' in decision) return told('query.unknown_table')
    if (decision.rows.kind === 'none') return told('policy.denied', labels, withinRows(decision))
  }
  return told('allowed', labels)
}

function formOf(tree: SqlTree, sql: string): string | undefined {
  try {
    checkStatement(tree, sql)
    return undefined
  } catch (error) {
    if (error instanceof SelvageError) return error.code
    throw error
  }
}
