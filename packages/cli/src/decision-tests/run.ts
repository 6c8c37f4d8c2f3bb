import { type DecisionTest, subjectIn } from '@selvage/kernel/contract'
import { type Finding, type Name, SelvageError, type TableId, tableParts } from '@selvage/kernel/model'
import {
  type Asker,
  type CompiledPolicies,
  decide,
  declarable,
  describedDevice,
  describedSubject,
  discoverable,
  type Subject,
  type TableDecision,
  touchedLabels,
  withinRows,
} from '@selvage/kernel/policy'
import { idsOf, tellColumns, tellRows } from '@selvage/kernel/protect'
import { checkStatement, columnsUsed, findTables, parseTree, type SqlTree } from '@selvage/kernel/query'
import { judge } from './judge.ts'
import { type Outcome, refused } from './outcome.ts'

/** The text's tree as the gate's parser gives it. Throws what a gate tells. */
export type ParseSql = (sql: string) => Promise<string>

/** Runs decision tables on our evaluator, as a gate of the asked domain would answer; no engine and no data take part. */
export async function runDecisionTests(
  compiled: CompiledPolicies,
  tests: readonly DecisionTest[],
  parse: ParseSql,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const test of tests) {
    const failed = judge(test, await outcomeOf(compiled, test, parse))
    if (failed !== undefined) findings.push(failed)
  }
  return findings
}

async function outcomeOf(compiled: CompiledPolicies, test: DecisionTest, parse: ParseSql): Promise<Outcome> {
  const { asked } = test
  try {
    admitPurpose(compiled, test.purpose)
    if ('table' in asked) return askTable(compiled, askerOf(compiled, test, tableParts(asked.table).domain), asked.table)
    return await askQuery(compiled, domain => askerOf(compiled, test, domain), asked.query, parse)
  } catch (error) {
    if (error instanceof SelvageError) return refused(error.code, idsOf(error.options.rules ?? []))
    throw error
  }
}

/** A login of a directory is to each domain what that domain takes of its issuer. */
function askerOf({ world }: CompiledPolicies, { subject, agents, purpose, device }: DecisionTest, domain: Name | undefined): Asker {
  const asked = world.mesh.domains.find(({ name }) => name === domain)
  const of = (who: DecisionTest['subject']): Subject => {
    if (!('login' in who)) return describedSubject(who)
    const known = asked === undefined ? undefined : subjectIn(who, asked)
    if (known === undefined) throw new SelvageError('identity.issuer')
    return describedSubject(known, known.id)
  }
  return { subject: of(subject), actors: agents.map(of), purpose, circumstances: describedDevice(device) }
}

/** What a gate would answer to a question for all of one table, or for what touches these labels of it. Throws what it would tell. */
export function decideTable(compiled: CompiledPolicies, asker: Asker, table: TableId, labels?: readonly string[]): TableDecision {
  admitPurpose(compiled, asker.purpose)
  admitSubject(asker)
  if ('kind' in decide(compiled, asker, table, labels)) throw new SelvageError('query.unknown_table')
  permitPurpose(compiled, asker, tableParts(table).domain)
  return decideVisible(compiled, asker, table, labels)
}

function askTable(compiled: CompiledPolicies, asker: Asker, table: TableId): Outcome {
  const decision = decideTable(compiled, asker, table)
  return { rows: tellRows(decision.rows), columns: tellColumns(compiled.world.mesh, decision), rules: idsOf(decision.rows.because) }
}

/** In the order in which a gate looks at it. */
async function askQuery(
  compiled: CompiledPolicies,
  askerIn: (domain: Name | undefined) => Asker,
  sql: string,
  parse: ParseSql,
): Promise<Outcome> {
  const tree = parseTree(await parse(sql))
  const asker = askerIn(domainOf(tree, sql))
  admitSubject(asker)
  const ids = tablesOf(compiled, asker, tree, sql)
  checkStatement(tree, sql)
  const domain = ids[0] === undefined ? undefined : tableParts(ids[0]).domain
  permitPurpose(compiled, asker, domain)
  const visible = new Map(ids.map(id => [id, discoverable(compiled, asker).get(id) ?? []]))
  const used = columnsUsed(tree, visible)
  const labels = touchedLabels(compiled.world, used)
  return joined(
    compiled,
    ids.map(id => decideVisible(compiled, asker, id, labels)),
    used,
  )
}

/** Of the gate that is asked: the first table's. */
function domainOf(tree: SqlTree, sql: string): Name | undefined {
  const [first] = findTables(tree, sql)
  return first?.parts[0]?.toLowerCase() as Name | undefined
}

function tablesOf(compiled: CompiledPolicies, asker: Asker, tree: SqlTree, sql: string): readonly TableId[] {
  const found = findTables(tree, sql).map(({ parts }) => parts.join('.').toLowerCase() as TableId)
  const visible = discoverable(compiled, asker)
  const [first] = found
  for (const id of found) {
    // A gate knows its own domain's tables only.
    if (!visible.has(id) || tableParts(id).domain !== tableParts(first!).domain) throw new SelvageError('query.unknown_table')
  }
  return [...new Set(found)]
}

function joined({ world }: CompiledPolicies, decisions: readonly TableDecision[], used: ReadonlyMap<TableId, ReadonlySet<Name>>): Outcome {
  const several = decisions.length > 1
  const columns = decisions.flatMap(decision =>
    [...tellColumns(world.mesh, decision)]
      .filter(([name]) => used.get(decision.table)?.has(name) === true)
      .map(([name, told]) => [several ? `${decision.table}.${name}` : name, told] as const),
  )
  const rows = decisions.map(decision => (several ? `${decision.table}: ${tellRows(decision.rows)}` : tellRows(decision.rows)))
  return { rows: rows.join('; '), columns: new Map(columns), rules: idsOf(decisions.flatMap(decision => decision.rows.because)) }
}

function admitSubject({ subject }: Asker): void {
  if (subject.kind === 'Agent') throw new SelvageError('identity.agent_alone')
}

function admitPurpose({ world }: CompiledPolicies, purpose: string): void {
  if (!world.purposes.has(purpose)) throw new SelvageError('purpose.unknown')
}

function permitPurpose(compiled: CompiledPolicies, asker: Asker, domain: Name | undefined): void {
  if (!declarable(compiled, asker, domain).includes(asker.purpose)) throw new SelvageError('purpose.not_permitted')
}

function decideVisible(compiled: CompiledPolicies, asker: Asker, table: TableId, labels?: readonly string[]): TableDecision {
  const decision = decide(compiled, asker, table, labels)
  if ('kind' in decision) throw new SelvageError('query.unknown_table')
  if (decision.rows.kind === 'none') throw new SelvageError('policy.denied', { rules: decision.rows.because })
  return withinRows(decision)
}
