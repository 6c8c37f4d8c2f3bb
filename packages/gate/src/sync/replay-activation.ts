import { replayTable, replayWorld } from '@selvage/cedar'
import { SelvageError } from '@selvage/kernel/model'
import { activationSet, type CompiledPolicies, decide, type TableDecision, type Trial } from '@selvage/kernel/policy'
import { isAlike } from '../decide/alike.ts'
import { type DecidedRow, plainRow, type Question, type TrialEngine } from '../official/index.ts'

/** What was tried at an activation. */
export interface Replayed {
  readonly requests: number
  /** Rows that were decided by both engines, with their cells. */
  readonly rows: number
}

/** Single decisions of the official engine at an activation: each costs it the more, the more policies there are (3 ms at 1,000, 37 at 10,000). */
const most = 1_000
const least = 240
const mostWork = 600_000

/**
 * Tries the rules on requests made of what they name, through our engine and through Cedar's official one. Throws
 * `policy.engines` where they differ, or where the official one comes to no end.
 * @param seed the same for the same rules, so that what was refused once is refused again
 */
export async function replayActivation(
  official: Pick<TrialEngine, 'decideAll'>,
  compiled: CompiledPolicies,
  seed: string,
): Promise<Replayed> {
  const calls = Math.max(least, Math.min(most, Math.ceil(mostWork / (compiled.written.length + 1))))
  const trials = activationSet(compiled, { most: calls, random: randomOf(seed) }).flatMap(trial => ours(compiled, trial))
  if (trials.length === 0) return { requests: 0, rows: 0 }
  const { mesh } = compiled.world
  const questions = trials.map(({ trial, decision }) => questionOf(compiled, trial, decision))
  const decided = await official.decideAll({ world: replayWorld(mesh, compiled.written), questions }).catch((cause: unknown) => {
    throw new SelvageError('policy.engines', { detail: 'Cedar’s engine did not come to an end with requests on this bundle.', cause })
  })
  const different = trials.filter((tried, at) => differs(tried, decided[at]!))
  if (different.length > 0) throw differing(different, trials.length)
  return { requests: trials.length, rows: trials.reduce((sum, { trial }) => sum + trial.rows.length, 0) }
}

interface Tried {
  readonly trial: Trial
  readonly decision: TableDecision
}

/** From whom a table is hidden, none of its rows is visible to; unless it is hidden by rules of its own, which have no part in rows. */
function ours(compiled: CompiledPolicies, trial: Trial): readonly Tried[] {
  const decision = decide(compiled, trial.asker, trial.table, trial.labels)
  if ('kind' in decision)
    return trial.mayHide ? [] : [{ trial, decision: { table: trial.table, rows: { kind: 'none', because: [] }, columns: [] } }]
  const asked = decision.columns.filter(({ name }) => trial.columns.includes(name))
  return [{ trial, decision: { ...decision, columns: asked } }]
}

function questionOf({ world }: CompiledPolicies, { asker, labels, rows }: Trial, { table: id, columns }: TableDecision): Question {
  const { table } = world.tables.get(id)!
  return {
    table: replayTable(table),
    chain: [asker.subject, ...asker.actors],
    purpose: asker.purpose,
    circumstances: asker.circumstances,
    labels,
    columns: columns.map(({ name }) => name),
    rows: rows.map(plainRow),
  }
}

const differs = ({ trial, decision }: Tried, decided: readonly DecidedRow[]): boolean =>
  trial.rows.some((row, at) => !isAlike(decision, row, decided[at]!))

/** For the operator's log: where they differ. The askers and rows are made up. */
function differing(different: readonly Tried[], requests: number): SelvageError {
  const rules = ({ rows, columns }: TableDecision): string[] =>
    [...rows.because, ...columns.flatMap(({ reveal, masks }) => [...reveal.because, ...masks.flatMap(mask => mask.because)])].map(
      ({ id }) => id,
    )
  const shown = different.slice(0, 5).map(({ trial: { asker, table }, decision }) => ({
    table,
    purpose: asker.purpose,
    roles: [asker.subject, ...asker.actors].map(({ kind, roles }) => [kind, ...roles]),
    rules: [...new Set(rules(decision))].slice(0, 10),
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
