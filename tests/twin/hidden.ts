import { openReplay } from '@selvage/cedar'
import type { Column, Table } from '@selvage/kernel/contract'
import type { Row as CedarRow } from '@selvage/kernel/policy'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { parsedPolicies } from '../golden/parsed-policies.ts'
import type { Choice } from './random.ts'
import { type ColumnPlan, idOf, near, neighbourOf, planRow, type Row, reached, type TablePlan } from './schema.ts'
import { purpose, type Rows, type World } from './world.ts'

/** More than a row group of the engine: from there on it plans and works otherwise. */
const great = 130_000

export interface Hidden {
  readonly rows: Rows
  /** How many hidden rows the other database has more. */
  readonly hidden: number
  /** One of its tables has more of them than a row group holds. */
  readonly great: boolean
}

type Decide = (table: TablePlan, row: Row) => { readonly visible: boolean; readonly hides: ReadonlySet<string>; readonly key: string }

/**
 * The same database to this asker and another one beneath: other values in hidden cells, other hidden rows, up to a
 * hundred times as many as visible ones. What is hidden, the official engine says, row by row.
 */
export function hideMore(gate: Gate, world: World, choice: Choice, wantsGreat: boolean): Hidden {
  const decide = decideWith(gate, world)
  const rows = new Map<string, Iterable<Row>>()
  let hidden = 0
  let met = false
  for (const table of world.tables) {
    // A hidden row that others reach is there still: what they reach decides of them.
    const kept = table.rows.filter(row => row.up !== null || decide(table, row).visible)
    const visible = kept.map(row => (decide(table, row).visible ? changeHiddenCells(table, row, choice, decide) : row))
    const templates = Array.from({ length: 40 }, () => ({ ...planRow(choice, table.columns, 1_000), key: null, up: null })).filter(
      row => !decide(table, row).visible,
    )
    const times = choice.of([0, 1, 10, 100])
    const isGreat: boolean = wantsGreat && !met && templates.length > 0
    const count = templates.length === 0 ? 0 : isGreat ? great : visible.length * times
    met ||= isGreat
    hidden += count
    rows.set(idOf(table), mix(visible, templates, count, choice))
  }
  return { rows, hidden, great: met }
}

/** Hidden rows among the visible ones, whose own order stays. */
function mix(visible: readonly Row[], templates: readonly Row[], count: number, choice: Choice): readonly Row[] {
  const before = Array.from({ length: visible.length + 1 }, () => 0)
  // Most of them in one place: visible rows then lie in other blocks of the file.
  const place = choice.between(0, visible.length)
  for (let i = 0; i < count; i += 1) {
    const at = i < count * 0.8 ? place : choice.between(0, visible.length)
    before[at] = before[at]! + 1
  }
  const out: Row[] = []
  for (const [at, many] of before.entries()) {
    for (let i = 0; i < many; i += 1) out.push(choice.of(templates))
    if (at < visible.length) out.push(visible[at]!)
  }
  return out
}

/** What other rows reach hangs on these. */
const reaching: ReadonlySet<string> = new Set(['key', 'up', 'country'])

function changeHiddenCells(table: TablePlan, row: Row, choice: Choice, decide: Decide): Row {
  const { hides, key } = decide(table, row)
  let changed = row
  for (const column of table.columns) {
    if (!hides.has(column.name) || reaching.has(column.name)) continue
    const other: Row = { ...changed, [column.name]: choice.chance(0.2) ? null : choice.of(column.values) }
    // A cell that a rule looks at may only change where no decision does.
    const outcome = decide(table, other)
    if (outcome.visible && outcome.key === key) changed = other
  }
  return changed
}

function decideWith(gate: Gate, { rules, tables: plans }: World): Decide {
  const { mesh, trust } = gate.generation()
  const replay = openReplay(mesh, parsedPolicies(mesh))
  const tables = new Map<string, Table>(trust.products.flatMap(product => product.tables).map(table => [table.id, table]))
  const memo = new Map<string, ReturnType<Decide>>()
  const decide: Decide = (plan, row) => {
    const table = tables.get(idOf(plan))!
    const values = plan.columns.map(column => [column.name, mappedValue(column, row[column.name] ?? null)] as const)
    const mapped: CedarRow = { ...Object.fromEntries(values), [near]: reached(neighbourOf(plans, plan), row) }
    const seen = [rules.party.subject, ...rules.party.actors].map(one => replay(one, purpose, table, mapped))
    const cells = table.columns.map(column => ({ name: column.name, cells: seen.map(one => one.cells.get(column.name)!) }))
    const denied = rules.hiddenTables.includes(table.id)
    const hides = cells.filter(({ name, cells: of }) => isHidden(table, name, of, rules.hiddenColumns)).map(({ name }) => name)
    const key = JSON.stringify(cells.map(({ cells: of }) => of.map(cell => [cell.revealed, [...cell.masks].sort()])))
    return { visible: !denied && seen.every(one => one.visible), hides: new Set(hides), key }
  }
  return (plan, row) => {
    const looked = JSON.stringify([
      idOf(plan),
      ...plan.columns.filter(({ name }) => !rules.free.has(`${idOf(plan)}.${name}`)).map(({ name }) => row[name]),
    ])
    const known = memo.get(looked) ?? decide(plan, row)
    memo.set(looked, known)
    return known
  }
}

/** Nothing of the value is shown: no column, no cell, or a mask that leaves nothing. */
function isHidden(
  table: Table,
  name: Column['name'],
  cells: readonly { readonly revealed: boolean; readonly masks: ReadonlySet<string> }[],
  hiddenColumns: readonly string[],
): boolean {
  if (hiddenColumns.includes(`${table.id}.${name}`) || cells.some(cell => !cell.revealed)) return true
  const masks = new Set(cells.flatMap(cell => [...cell.masks]))
  return masks.has('null') || masks.size > 1
}

/** Numbers that the official engine cannot hold stand in no rule. */
function mappedValue({ type, plain }: ColumnPlan, value: string | null): CedarRow[string] {
  if (value === null || !plain) return null
  if (type === 'VARCHAR') return value
  if (type === 'BOOLEAN') return value === 'true'
  return /INT/.test(type) ? BigInt(value) : null
}
