import { replayTable, replayWorld } from '@selvage/cedar'
import { SelvageError, tableParts } from '@selvage/kernel/model'
import { activationSet, type CompiledPolicies, decide, declarable, type TableDecision, type Trial } from '@selvage/kernel/policy'
import { isAlike } from '../decide/alike.ts'
import { type DecidedTable, plainRow, type Question, type TrialEngine } from '../official/index.ts'
import { paced } from '../paced.ts'

/** What was tried at an activation. */
export interface Replayed {
  readonly requests: number
  /** Rows that were decided by both engines, with their cells. */
  readonly rows: number
}

/**
 * What the trials of all rules, and those of new and changed ones beside, may cost at an activation: one is a decision of the
 * official engine over few rules, about a millisecond.
 */
const forAll = (rules: number): number => Math.min(4_000, Math.max(800, 4 * rules))
const forChanged = 4_000

/**
 * Tries the rules on requests made of what they name, through our engine and through Cedar's official one. Throws
 * `policy.engines` where they differ, or where the official one comes to no end. The gate goes on meanwhile.
 * @param seed the same for the same rules, so that what was refused once is refused again
 * @param before the rules in force; what changed since is tried more often
 */
export async function replayActivation(
  official: Pick<TrialEngine, 'decideAll'>,
  compiled: CompiledPolicies,
  seed: string,
  before?: CompiledPolicies,
): Promise<Replayed> {
  const trials: Tried[] = []
  for await (const trial of paced(trialsOf(compiled, seed, before))) if (trial !== undefined) trials.push(ours(compiled, trial))
  if (trials.length === 0) return { requests: 0, rows: 0 }
  // Those of one table after another: the engine is prepared once for each.
  trials.sort(({ trial: { table: a } }, { trial: { table: b } }) => (a < b ? -1 : a > b ? 1 : 0))
  const { mesh } = compiled.world
  const questions = trials.map(tried => questionOf(compiled, tried))
  const decided = await official.decideAll({ world: replayWorld(mesh, compiled.written), questions }).catch((cause: unknown) => {
    throw new SelvageError('policy.engines', { detail: 'Cedar’s engine did not come to an end with requests on this bundle.', cause })
  })
  const different: Tried[] = []
  for await (const [at, tried] of paced(trials.entries()))
    if (differs(tried, decided[at]!) || declaresOtherwise(compiled, tried, decided[at]!)) different.push(tried)
  if (different.length > 0) throw differing(different, trials.length)
  return { requests: trials.length, rows: trials.reduce((sum, { trial }) => sum + trial.rows.length, 0) }
}

function trialsOf(compiled: CompiledPolicies, seed: string, before: CompiledPolicies | undefined): Iterable<Trial | undefined> {
  const changed = before === undefined ? {} : { changed: { before, most: forChanged } }
  return activationSet(compiled, { most: forAll(compiled.written.length), random: randomOf(seed), ...changed })
}

interface Tried {
  readonly trial: Trial
  /** `hidden`: for whoever asks, the table does not exist. */
  readonly decision: TableDecision | 'hidden'
}

function ours(compiled: CompiledPolicies, trial: Trial): Tried {
  const decision = decide(compiled, trial.asker, trial.table, trial.labels)
  if ('kind' in decision) return { trial, decision: 'hidden' }
  return { trial, decision: { ...decision, columns: decision.columns.filter(({ name }) => trial.columns.includes(name)) } }
}

function questionOf({ world }: CompiledPolicies, { trial, decision }: Tried): Question {
  const { asker, labels, rows, purposes, asksKnown, columns, declare } = trial
  const isHidden = decision === 'hidden'
  return {
    table: replayTable(world.tables.get(trial.table)!.table),
    chain: [asker.subject, ...asker.actors],
    purpose: asker.purpose,
    circumstances: asker.circumstances,
    labels,
    columns: isHidden ? [] : columns,
    rows: rows.map(plainRow),
    ...(isHidden || asksKnown ? { knownFor: purposes } : {}),
    declare,
  }
}

function differs({ trial, decision }: Tried, { rows, known }: DecidedTable): boolean {
  // A table that no rule of `discover` hides is shown to whoever a row could be visible to.
  if (decision === 'hidden') return known?.table === 'shown'
  const isOurs = (name: string): boolean => decision.columns.some(column => column.name === name)
  const columns = Object.entries(known?.columns ?? {})
  if (known?.table === 'hidden' || columns.some(([name, one]) => one === (isOurs(name) ? 'hidden' : 'shown'))) return true
  return trial.rows.some((row, at) => !isAlike(decision, row, rows[at]!))
}

function declaresOtherwise(compiled: CompiledPolicies, { trial: { asker, table, declare } }: Tried, { declared }: DecidedTable): boolean {
  if (declare.length === 0) return false
  const ours = declarable(compiled, asker, tableParts(table).domain)
  return declare.some(purpose => ours.includes(purpose) !== declared?.includes(purpose))
}

/** For the operator's log: where they differ. The askers and rows are made up. */
function differing(different: readonly Tried[], requests: number): SelvageError {
  const rules = ({ rows, columns }: TableDecision): string[] =>
    [...rows.because, ...columns.flatMap(({ reveal, masks }) => [...reveal.because, ...masks.flatMap(mask => mask.because)])].map(
      ({ id }) => id,
    )
  const shown = different.slice(0, 5).map(({ trial: { asker, table, columns }, decision }) => ({
    table,
    purpose: asker.purpose,
    roles: [asker.subject, ...asker.actors].map(({ kind, roles }) => [kind, ...roles]),
    ...(decision === 'hidden' ? { hidden: true, columns } : { rules: [...new Set(rules(decision))].slice(0, 10) }),
  }))
  return new SelvageError('policy.engines', {
    detail: `Our engine and Cedar’s decide ${different.length} of ${requests} requests on this bundle differently.`,
    cause: new Error(JSON.stringify(shown)),
  })
}

/** A xorshift of 32 bits: it only has to spread. */
function randomOf(seed: string): () => number {
  let state = [...seed].reduce((hash, character) => (Math.imul(hash, 31) + character.charCodeAt(0)) | 0, 7) || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}
