import { setTimeout } from 'node:timers/promises'
import type { Gate } from '../../packages/gate/src/ports.ts'
import { ask } from '../golden/ask.ts'
import { askTwin, type Outcome } from './ask-twin.ts'
import type { Property } from './asked.ts'
import type { Printed } from './node.ts'
import type { Open } from './opened.ts'
import { findDifference, findHiddenDifference } from './same.ts'
import { purpose, type World } from './world.ts'

/** What the gate says, and what it is to say. */
export type Pair = readonly [got: Outcome, expected: Outcome]

/** @param known what the gate said already */
export async function askPair(open: Open, property: Property, printed: Printed, known?: Outcome): Promise<Pair> {
  if (property === 'noninterference') return [known ?? (await askGate(open.gate, printed)), await askGate(open.other!, printed)]
  const beside = names(printed.sql, ['shop.ops.']) ? open.beside : open.twin
  const got = known ?? (await askGate(open.gate, printed))
  // The twin is asked in this process: nothing bounds what it takes.
  if (isCutShort(got)) return [got, got]
  return [got, expectedOf(await open.inTurn(() => askTwin(beside, printed)), printed.sql, open.world)]
}

/** A gate that is busy says to ask again. */
const attempts = 4
const waitMs = 2_000

async function askGate(gate: Gate, printed: Printed): Promise<Outcome> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(gate, 'party', { ...printed, purpose } as Parameters<typeof ask>[2])
    if (!('problem' in answer)) return { columns: answer.columns, rows: answer.rows }
    if (answer.code !== 'limit.busy' || attempt === attempts) return { code: answer.code, told: answer.problem }
    await setTimeout(waitMs)
  }
}

export function differenceOf({ strict }: Open, property: Property, [got, expected]: Pair, ordered: boolean): string | undefined {
  if (property === 'noninterference') return findHiddenDifference(got, expected, ordered, strict)
  // A twin plans over tables, where the gate says that it does not over CTEs.
  return strict && isUnplanned(got) ? undefined : findDifference(got, expected, ordered)
}

/** What was cut short is not compared: how many rows are hidden may decide of that (SECURITY.md, hidden amounts). */
export const isLate = (property: Property, pair: Pair): boolean =>
  pair.some(one => isCutShort(one) || (property === 'twin' && 'code' in one && one.code === 'limit.rows'))

const isCutShort = (one: Outcome): boolean => 'code' in one && late.test(one.code)

const late = /^(limit\.(time|memory|share|busy)|engine\.cancelled)$/

/** Over CTEs the engine plans less, and the gate says so. */
const isUnplanned = (outcome: Outcome): boolean =>
  'code' in outcome && outcome.code === 'query.unsupported' && outcome.told?.includes('Where a product is kept strictly') === true

const names = (sql: string, tables: readonly string[]): boolean => tables.some(id => sql.toLowerCase().replaceAll('"', '').includes(id))

/** What a name that is denied or unknown is told as, the twin cannot know: there it is a table like others. */
function expectedOf(twin: Outcome, sql: string, { rules }: World): Outcome {
  if ('code' in twin && ['query.syntax', 'query.unknown_table'].includes(twin.code)) return twin
  // Of several faults a gate tells of names first, then of the form, and of rules only then.
  if (names(sql, rules.hiddenTables)) return { code: 'query.unknown_table' }
  if ('code' in twin && sql.includes('nosuch(')) return { code: 'query.unsupported' }
  const denied = names(sql, rules.deniedTables) || (names(sql, ['shop.ops.']) && names(sql, rules.deniedBeside))
  return denied ? { code: 'policy.denied' } : twin
}
