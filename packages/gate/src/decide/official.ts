import { type ReplayTable, replayWorld } from '@selvage/cedar'
import { type Name, SelvageError } from '@selvage/kernel/model'
import {
  type Asker,
  type ColumnDecision,
  type ConditionalMask,
  type MaskTransform,
  type Row,
  type RowCondition,
  rowsLike,
  type TableDecision,
} from '@selvage/kernel/policy'
import type { DecidedRow, PlainRow } from '../official/index.ts'
import { onceFor } from '../once-for.ts'
import type { Gate } from '../ports.ts'
import type { Generation } from '../sync/generation.ts'
import { distinctRows } from './distinct-rows.ts'

export interface Asked {
  readonly generation: Generation
  readonly asker: Asker
  readonly labels: readonly string[]
}

/**
 * The same decision with each row, cell and mask decided by Cedar's official engine alone, H first, then each masking
 * guardrail: for every combination of values that some rule could look at, as they stand in the table. What is told of
 * it (which rules, and whether a table is denied or hidden) is ours. Throws `limit.rows`, `limit.time`.
 */
export async function decideOfficially(gate: Gate, asked: Asked, ours: TableDecision): Promise<TableDecision> {
  const { generation, asker, labels } = asked
  const { table } = generation.policies.world.tables.get(ours.table)!
  const rows = await distinctRows(gate, generation, asker.subject.id, ours.table)
  const decided = await gate.official.decideRows({
    world: worldOf(generation),
    table: plainTable(table),
    chain: [asker.subject, ...asker.actors],
    purpose: asker.purpose,
    labels,
    columns: ours.columns.map(({ name }) => name),
    rows,
  })
  return listed(
    ours,
    rows.map((row, at) => ({ row: exact(row), ...decided[at]! })),
  )
}

const worldOf = onceFor(({ mesh, policies }: Generation) => replayWorld(mesh, policies.written))

const plainTable = ({ id, name, columns }: ReplayTable): ReplayTable => ({
  id,
  name,
  columns: columns.map(({ name: own, type }) => ({ name: own, type })),
})

const exact = (row: PlainRow): Row =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'number' ? BigInt(value) : value]))

type ListedRow = DecidedRow & { readonly row: Row }

function listed(ours: TableDecision, all: readonly ListedRow[]): TableDecision {
  const visible = all.filter(one => one.visible)
  const every = visible.length === all.length
  const rows: RowCondition = every
    ? { kind: 'all', because: ours.rows.because }
    : { kind: 'where', expr: like(visible), because: ours.rows.because }
  return { table: ours.table, rows, columns: ours.columns.map(column => listedColumn(column, visible)) }
}

function listedColumn(ours: ColumnDecision, visible: readonly ListedRow[]): ColumnDecision {
  const masksIn = ({ cells }: ListedRow): readonly MaskTransform[] | null => cells[ours.name]!
  const revealed = visible.filter(one => masksIn(one) !== null)
  const { because } = ours.reveal
  const reveal: RowCondition =
    revealed.length === visible.length
      ? { kind: 'all', because }
      : revealed.length === 0
        ? { kind: 'none', because }
        : { kind: 'where', expr: like(revealed), because }
  const transforms = [...new Set(revealed.flatMap(one => masksIn(one) ?? []))].sort()
  const masks = transforms.map((transform): ConditionalMask => {
    const masked = revealed.filter(one => masksIn(one)?.includes(transform))
    const rules = ours.masks.filter(mask => mask.transform === transform).flatMap(mask => mask.because)
    return { transform, when: masked.length === revealed.length ? true : like(masked), because: rules }
  })
  return { name: ours.name as Name, reveal, masks }
}

function like(rows: readonly ListedRow[]): ReturnType<typeof rowsLike> {
  try {
    return rowsLike(rows.map(({ row }) => row))
  } catch (cause) {
    throw new SelvageError('limit.rows', {
      detail: 'Here the official engine decides each row by itself, and a table of this statement has too many that differ to the rules.',
      help: 'Ask the operator for the other engine of rules.',
      cause,
    })
  }
}
