import type { Name } from '../model/index.ts'
import { candidatesOn } from './askable.ts'
import { type Change, changed } from './change.ts'
import type { CompiledPolicies } from './compile.ts'
import { decide, decideIfPermitted } from './decide.ts'
import type { Asker, ColumnDecision, RowCondition, TableDecision } from './decision.ts'
import { leastKnown } from './known-otherwise.ts'
import { withinRows } from './within-rows.ts'

/** Changes that together show more, as deciding again with them has it. */
export interface Remedy<T> {
  readonly changes: readonly Change[]
  readonly after: T
}

export interface Remedies {
  readonly rows: readonly Remedy<RowCondition>[]
  readonly columns: ReadonlyMap<Name, readonly Remedy<ColumnDecision>[]>
}

/** Decisions made anew for one table, at most. */
const mostSingles = 48
const mostPairs = 96
/** Told of one table or column, at most. */
const mostTold = 8

/** What is decided of the table with some changes. */
type Tried = Remedy<TableDecision>

/**
 * What would show more of a table: another purpose that one may declare, a role, a group, a value of an attribute that rules on this
 * table ask for, a device otherwise known, a permit; where none of them does, two of them. INVARIANT: each was decided anew, and
 * nothing is told of a column or table that may not be discovered.
 * @param before what is decided of it now, for the same statement
 */
export function remediesFor(compiled: CompiledPolicies, asker: Asker, before: TableDecision, labels: readonly string[]): Remedies {
  const place = compiled.world.tables.get(before.table)!
  const judge = (changes: readonly Change[]): Tried[] => {
    const found = decide(compiled, changed(asker, changes), before.table, labels)
    return 'kind' in found ? [] : [{ changes, after: withinRows(found) }]
  }
  const candidates = candidatesOn(compiled, asker, place).slice(0, mostSingles)
  const grant = (): Tried[] => {
    const permitted = decideIfPermitted(compiled, asker, before, labels)
    return permitted === undefined ? [] : [{ changes: [{ kind: 'grant', domain: place.domain }], after: withinRows(permitted) }]
  }
  const steps = [once(() => candidates.flatMap(change => judge([change]))), once(grant), once(() => pairsOf(candidates).flatMap(judge))]
  // Where there are no rows, it is rows that somebody looks for: their columns are tried with one change, and no pair.
  const ofColumns = before.rows.kind === 'none' ? steps.slice(0, 2) : steps
  const ofRows = before.rows.kind === 'none' ? steps : steps.slice(0, 1)
  return {
    rows: firstOf(ofRows, one => moreRows(before, one)),
    columns: new Map(
      before.columns.map(column => [column.name, firstOf(clarity(column) === clear ? [] : ofColumns, one => moreOf(before, column, one))]),
    ),
  }
}

/** What helps of the first step of which something does. */
function firstOf<T>(steps: readonly (() => readonly Tried[])[], helps: (one: Tried) => readonly Remedy<T>[]): readonly Remedy<T>[] {
  for (const step of steps) {
    const found = leastKnown(step().flatMap(helps))
    if (found.length > 0) return found.slice(0, mostTold)
  }
  return []
}

function once<T>(make: () => T): () => T {
  let made: { readonly it: T } | undefined
  return () => {
    made ??= { it: make() }
    return made.it
  }
}

const rank = ({ kind }: RowCondition): number => (kind === 'all' ? 2 : kind === 'where' ? 1 : 0)

const moreRows = (before: TableDecision, { changes, after }: Tried): readonly Remedy<RowCondition>[] =>
  rank(after.rows) > rank(before.rows) ? [{ changes, after: after.rows }] : []

const clear = 3
/** From nothing to all of it in clear. */
function clarity({ reveal, masks }: ColumnDecision): number {
  if (reveal.kind === 'none') return 0
  if (masks.some(({ when }) => when === true)) return 1
  return reveal.kind === 'where' || masks.length > 0 ? 2 : clear
}

/** INVARIANT: in no fewer rows. */
function moreOf(before: TableDecision, column: ColumnDecision, { changes, after }: Tried): readonly Remedy<ColumnDecision>[] {
  const one = after.columns.find(({ name }) => name === column.name)
  if (one === undefined || rank(after.rows) < Math.max(1, rank(before.rows))) return []
  return clarity(one) > clarity(column) ? [{ changes, after: one }] : []
}

function pairsOf(singles: readonly Change[]): readonly (readonly Change[])[] {
  const pairs: (readonly Change[])[] = []
  for (const [at, one] of singles.entries())
    for (const other of singles.slice(at + 1)) {
      if (pairs.length === mostPairs) return pairs
      if (!(one.kind === 'purpose' && other.kind === 'purpose')) pairs.push([one, other])
    }
  return pairs
}
