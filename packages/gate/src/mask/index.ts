import type { Name, TableId } from '@selvage/kernel/model'
import { columnProtection, outputSources } from '@selvage/kernel/query'
import type { Ruling } from '../decide/index.ts'
import { onceFor } from '../once-for.ts'
import type { OutputColumn, Rewritten } from '../rewrite/index.ts'

export interface Protection {
  readonly kind: string
  readonly rule?: string
  readonly reason?: string
}

export interface ProtectedColumn {
  readonly name: string
  readonly type: string
  readonly protection: Protection
}

/** Weakest first: a column made of several others carries the strongest protection among them. */
const strength = ['clear', 'conditional', 'generalize', 'partial', 'token', 'null']

/** What each output column went through, and by which rule. */
export function describeColumns({ decided, columns }: Pick<Rewritten, 'decided' | 'columns'>): readonly ProtectedColumn[] {
  return described(decided.ruling)(columns)
}

const described = onceFor((ruling: Ruling) => onceFor((columns: readonly OutputColumn[]) => describe(ruling, columns)))

function describe(ruling: Ruling, columns: readonly OutputColumn[]): readonly ProtectedColumn[] {
  const names = new Map([...ruling.tables].map(([id, table]) => [id, table.columns.map(column => column.name)]))
  const sources = outputSources(
    ruling.tree,
    names,
    columns.map(column => column.name),
  )
  return columns.map((column, i) => ({ ...column, protection: strongest((sources[i] ?? []).map(source => protectionOf(ruling, source))) }))
}

function protectionOf({ tables, generation }: Ruling, { table, column }: { table: TableId; column: Name }): Protection {
  const decision = tables.get(table)?.columns.find(candidate => candidate.name === column)
  const binding = generation.bindings.get(table)
  return decision === undefined || binding === undefined ? { kind: 'clear' } : columnProtection(decision, binding)
}

const strongest = (protections: readonly Protection[]): Protection =>
  protections.reduce((a, b) => (strength.indexOf(b.kind) > strength.indexOf(a.kind) ? b : a), { kind: 'clear' })
