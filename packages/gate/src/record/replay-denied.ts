import { SelvageError, type TableId } from '@selvage/kernel/model'
import { type Asker, decide, declarable, discoverable, type TableDecision, withinRows } from '@selvage/kernel/policy'
import { decideStatement, findTables, parseTree, type SqlTree, type Statement, statementCodes } from '@selvage/kernel/query'
import type { Identified } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import type { Model } from '../sync/model.ts'
import type { Again, Detail, Recorded } from './recorded.ts'

/** A statement that was refused, read again. */
export interface Denied extends Statement {
  /** That it names, whether they exist or not. */
  readonly tables: readonly TableId[]
}

/** Undefined: none, or one that is not kept whole or names nothing; of such nobody can say whose it is to audit. */
export async function readDenied(gate: Gate, { who }: Identified, { sql, sql_sha256: cut }: Detail): Promise<Denied | undefined> {
  if (sql === undefined || cut !== undefined) return undefined
  try {
    const tree = parseTree(await gate.parser.parse(sql, who.subject.id))
    return { sql, tree, tables: namedIn(tree) }
  } catch (error) {
    if (error instanceof SelvageError && error.code.startsWith('query.')) return undefined
    throw error
  }
}

const namedIn = (tree: SqlTree): readonly TableId[] => [
  ...new Set(findTables(tree).map(({ parts }) => parts.join('.').toLowerCase() as TableId)),
]

const codes = { ...statementCodes, decided: 'allowed' } as const

/** Bounds, the form of a statement and what is missing elsewhere are nothing that rules decide. */
export const isDecided = ({ code = '' }: Recorded): boolean => Object.values<string>(codes).includes(code)

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

function rule({ policies }: Model, asker: Asker, statement: Denied): Ruled {
  const said = formOr(() =>
    decideStatement(statement, {
      world: policies.world,
      visible: discoverable(policies, asker),
      mayDeclare: () => declarable(policies, asker).includes(asker.purpose),
      decide: (id, labels) => decide(policies, asker, id, labels),
    }),
  )
  if (said instanceof SelvageError) return { code: said.code, rules: [], decisions: [], labels: [] }
  const refused = said.kind === 'denied' ? [said.decision] : []
  return {
    code: codes[said.kind],
    rules: refused.flatMap(({ rows }) => rows.because.map(({ id }) => id)),
    decisions: refused.map(withinRows),
    labels: 'labels' in said ? said.labels : [],
  }
}

/** A form that is not taken any more is an outcome as well. */
function formOr<T>(work: () => T): T | SelvageError {
  try {
    return work()
  } catch (error) {
    if (error instanceof SelvageError) return error
    throw error
  }
}
