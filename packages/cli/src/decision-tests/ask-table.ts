import { type Name, SelvageError, type TableId, tableParts } from '@selvage/kernel/model'
import {
  type Asker,
  type CompiledPolicies,
  columnsOf,
  decide,
  declarable,
  evaluate,
  type Row,
  type TableDecision,
  withinRows,
} from '@selvage/kernel/policy'
import { idsOf, tellColumns, tellRows } from '@selvage/kernel/protect'
import type { Outcome } from './outcome.ts'

/** What a gate would answer to a question for all of one table, or for what touches these labels of it. Throws what it would tell. */
export function decideTable(compiled: CompiledPolicies, asker: Asker, table: TableId, labels?: readonly string[]): TableDecision {
  admitPurpose(compiled, asker.purpose)
  admitSubject(asker)
  if ('kind' in decide(compiled, asker, table, labels)) throw new SelvageError('query.unknown_table')
  permitPurpose(compiled, asker, tableParts(table).domain)
  return decideVisible(compiled, asker, table, labels)
}

export function askTable(compiled: CompiledPolicies, asker: Asker, table: TableId, data: readonly Row[] = []): Outcome {
  const decision = decideTable(compiled, asker, table)
  const { rows } = decision
  return {
    count: countOf(compiled, decision, data),
    rows: tellRows(rows),
    columns: tellColumns(compiled.world.mesh, decision),
    rules: idsOf(rows.because),
  }
}

/** Of a row that cannot be there rules say nothing: it has to have what is required, where they look at it. */
function countOf({ world }: CompiledPolicies, { table, rows }: TableDecision, data: readonly Row[]): string {
  if (rows.kind !== 'where') return String(rows.kind === 'all' ? data.length : 0)
  const asked = columnsOf(rows.expr)
  const required = world.tables.get(table)?.table.columns.filter(({ name, required }) => required && asked.includes(name)) ?? []
  const lacking = required.filter(({ name }) => data.some(row => !Object.hasOwn(row, name))).map(({ name }) => name)
  if (lacking.length > 0) return `none: each row of \`data\` needs ${lacking.join(', ')}`
  return String(data.filter(row => evaluate(rows.expr, row)).length)
}

export function admitSubject({ subject }: Asker): void {
  if (subject.kind === 'Agent') throw new SelvageError('identity.agent_alone')
}

export function admitPurpose({ world }: CompiledPolicies, purpose: string): void {
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
