import { replayTable, replayWorld } from '@selvage/cedar'
import { type Name, SelvageError } from '@selvage/kernel/model'
import {
  type Asker,
  type Circumstances,
  type ColumnDecision,
  type CompiledPolicies,
  type ConditionalMask,
  type MaskTransform,
  type Row,
  type RowCondition,
  rowsLike,
  type Subject,
  type TableDecision,
} from '@selvage/kernel/policy'
import { type DecidedRow, exactRow } from '../official/index.ts'
import { onceFor } from '../once-for.ts'
import type { Gate } from '../ports.ts'
import type { Generation } from '../sync/generation.ts'
import type { Model } from '../sync/model.ts'
import { isAlike } from './alike.ts'
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
  const { subject, actors, purpose, circumstances } = asker
  const question = { chain: [subject, ...actors], purpose, circumstances, labels }
  return listed(ours, await officialRows(gate, generation, question, ours, subject.id))
}

interface Question {
  /** The person first, then the agents. */
  readonly chain: readonly Subject[]
  readonly purpose: string
  readonly circumstances: Circumstances | undefined
  readonly labels: readonly string[]
}

type Rules = Pick<Model, 'policies'>

/**
 * @param rules of now or of then; the rows are those that can be read now
 * @param account on which they are read
 */
async function officialRows(
  gate: Gate,
  rules: Rules,
  question: Question,
  ours: TableDecision,
  account: string,
): Promise<readonly ListedRow[]> {
  const { table } = rules.policies.world.tables.get(ours.table)!
  const rows = await distinctRows(gate, rules.policies, account, ours.table)
  const decided = await gate.official.decideRows({
    world: worldOf(rules.policies),
    table: replayTable(table),
    ...question,
    columns: ours.columns.map(({ name }) => name),
    rows,
  })
  return rows.map((row, at) => ({ row: exactRow(row), ...decided[at]! }))
}

/** How many of the rows of a table that differ to the rules the official engine decides otherwise than `ours`. */
export async function differencesFromOfficial(
  gate: Gate,
  rules: Rules,
  question: Question,
  ours: TableDecision,
  account = question.chain[0]!.id,
): Promise<{ readonly rows: number; readonly differences: number }> {
  const rows = await officialRows(gate, rules, question, ours, account)
  return { rows: rows.length, differences: rows.filter(one => !isAlike(ours, one.row, one)).length }
}

const worldOf = onceFor(({ world, written }: CompiledPolicies) => replayWorld(world.mesh, written))

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
