import type { Name } from '../model/index.ts'
import type { CompiledPolicies } from './compile.ts'
import type { ConditionalMask } from './decision.ts'
import type { HeldRules } from './held-rule.ts'
import type { Rule } from './rule.ts'
import {
  type Candidates,
  candidatesOf,
  findRules,
  findRulesUnder,
  indexByPrincipal,
  type RuleIndex,
  type ScopedRule,
} from './rule-index.ts'
import { touchedLabels } from './statement.ts'
import type { RowResource, TablePlace } from './world.ts'

/** Columns of a table that the same rules of `reveal` concern: whoever asks, what is decided of one holds for all. */
export interface ColumnClass {
  readonly names: readonly Name[]
  /** Of any of them. */
  readonly cell: RowResource
  /** What concerns them and not the whole table. */
  readonly own: Candidates
  /** What their own rules say, by purpose, where those ask for nothing else. */
  readonly settled: Map<string, OwnRules> | undefined
}

/** Of one subject. */
export interface OwnRules {
  readonly held: HeldRules
  readonly masks: readonly ConditionalMask[]
}

/** The rules that may concern a table and its columns, whoever asks. */
export interface TablePlan {
  /** Of its columns, in the contract's order. */
  readonly names: readonly Name[]
  /** Of it and all its columns. */
  readonly labels: readonly string[]
  readonly read: Candidates
  /** Rules of `reveal` that concern all columns alike. */
  readonly reveal: Candidates
  /** A table has as many classes as its columns have different labels, mostly few. */
  readonly classes: readonly ColumnClass[]
  /** For each column, where its class stands among them. */
  readonly classOf: readonly number[]
  readonly discover: { readonly product: Candidates; readonly table: Candidates; readonly columns: ReadonlyMap<Name, Candidates> }
}

export function planOf({ plans, rules, world }: CompiledPolicies, place: TablePlace): TablePlan {
  const known = plans.get(place)
  if (known !== undefined) return known
  const discover = rules.get('discover')!
  const columns = [...place.asColumns].map(([name, column]) => [name, candidatesOf(discover, column)] as const)
  const plan = {
    names: [...place.cells.keys()],
    labels: touchedLabels(world, new Map([[place.table.id, place.cells.keys()]])),
    read: candidatesOf(rules.get('read')!, place.row),
    ...planReveal(rules.get('reveal')!, place),
    discover: {
      product: candidatesOf(discover, place.asProduct),
      table: candidatesOf(discover, place.asTable),
      columns: new Map(columns.filter(([, candidates]) => candidates.size > 0)),
    },
  }
  plans.set(place, plan)
  return plan
}

/** All rules of `read` and `reveal` that may concern a table. */
export function rulesOn(compiled: CompiledPolicies, place: TablePlace): readonly Rule[] {
  const { read, reveal, classes } = planOf(compiled, place)
  const lists = [read, reveal, ...classes.map(({ own }) => own)].flatMap(found => [...found.values()])
  return [...new Set(lists.flat().map(({ rule }) => rule))]
}

/** What concerns a row of the table concerns each of its cells: a cell is below its column and so below the table. */
function planReveal(index: RuleIndex, place: TablePlace): Pick<TablePlan, 'reveal' | 'classes' | 'classOf'> {
  const ofTable = findRules(index, place.row)
  // A condition that asks where the cell is may differ from column to column, whatever the scopes say.
  const placed = ofTable.filter(({ rule }) => rule.asksPlace)
  const classes = new Map<string, { names: Name[]; cell: RowResource; rules: readonly ScopedRule[] }>()
  for (const [name, cell] of place.cells) {
    const rules = [...placed, ...findRulesUnder(index, cell, place.row.ancestors)]
    const alone = rules.some(({ rule }) => rule.asksPlace) ? [name] : []
    const key = JSON.stringify([...alone, ...rules.map(({ rule, match }) => `${rule.policy.id} ${match}`).sort()])
    const found = classes.get(key) ?? { names: [], cell, rules }
    classes.set(key, found)
    found.names.push(name)
  }
  const list = [...classes.values()]
  const numbers = new Map(list.flatMap(({ names }, at) => names.map(name => [name, at])))
  return {
    reveal: indexByPrincipal(ofTable.filter(({ rule }) => !rule.asksPlace)),
    classes: list.map(({ names, cell, rules }) => {
      const settled = rules.every(({ rule }) => rule.asksPurposeAlone) ? new Map<string, OwnRules>() : undefined
      return { names, cell, own: indexByPrincipal(rules), settled }
    }),
    classOf: [...place.cells.keys()].map(name => numbers.get(name)!),
  }
}
