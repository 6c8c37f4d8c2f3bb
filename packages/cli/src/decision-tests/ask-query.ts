import type { Parser } from '@selvage/gate/parser'
import { type Name, SelvageError, type TableId, tableParts } from '@selvage/kernel/model'
import { type Asker, type CompiledPolicies, decide, declarable, discoverable, type TableDecision, withinRows } from '@selvage/kernel/policy'
import { idsOf, tellColumns, tellRows } from '@selvage/kernel/protect'
import { decideStatement, findTables, parseTree, type SqlTree, type StatementDecision, statementCodes } from '@selvage/kernel/query'
import { admitSubject } from './ask-table.ts'
import type { Outcome } from './outcome.ts'

/** The gate's parser. Throws what a gate tells. */
export type SqlReader = Pick<Parser, 'parse' | 'bind'>

/** Throws what a gate would tell. */
export async function askQuery(
  compiled: CompiledPolicies,
  askerIn: (domain: Name | undefined) => Asker,
  sql: string,
  reader: SqlReader,
): Promise<Outcome> {
  const tree = parseTree(await reader.parse(sql))
  const domain = domainOf(tree)
  const asker = askerIn(domain)
  admitSubject(asker)
  const visible = visibleIn(compiled, asker, domain)
  const said = decideStatement(
    { sql, tree },
    {
      world: compiled.world,
      visible,
      mayDeclare: () => declarable(compiled, asker, domain).includes(asker.purpose),
      decide: (id, labels) => decide(compiled, asker, id, labels),
    },
  )
  if (said.kind !== 'decided') throw refusalOf(said)
  const decisions = said.decisions.map(withinRows)
  await reader.bind(sql, schemaOf(compiled, visible), undefined)
  return joined(compiled, decisions, said.used)
}

function refusalOf(said: Exclude<StatementDecision, { kind: 'decided' }>): SelvageError {
  return new SelvageError(statementCodes[said.kind], said.kind === 'denied' ? { rules: said.decision.rows.because } : {})
}

/** Of the gate that is asked: the first table's. */
function domainOf(tree: SqlTree): Name | undefined {
  const [first] = findTables(tree)
  return first?.parts[0]?.toLowerCase() as Name | undefined
}

type Visible = ReadonlyMap<TableId, readonly Name[]>

/** A gate knows its own domain's tables only. */
const visibleIn = (compiled: CompiledPolicies, asker: Asker, domain: Name | undefined): Visible =>
  new Map([...discoverable(compiled, asker)].filter(([id]) => tableParts(id).domain === domain))

/** The empty twin of a gate: what its binder may name. */
function schemaOf({ world }: CompiledPolicies, visible: Visible): Parameters<Parser['bind']>[1] {
  const tables = [...visible].map(([id, names]) => {
    const columns = world.tables.get(id)?.table.columns ?? []
    return { id, columns: columns.filter(({ name }) => names.includes(name)).map(({ name, type }) => ({ name, type })) }
  })
  return { key: JSON.stringify(tables), tables }
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
