import { asSelvageError } from '@selvage/kernel/model'
import type { TableDecision } from '@selvage/kernel/policy'
import { describeCause } from '../cause.ts'
import { onceFor } from '../once-for.ts'
import type { Gate } from '../ports.ts'
import type { Ruling } from './index.ts'
import { differencesFromOfficial } from './official.ts'

/** On whose account it reads: nobody's who asks. */
const account = 'selvage:shadow'

/** Of one gate: whether a statement is compared, and when the next may be. */
const sampling = onceFor((_config: Gate['config']) => ({ busy: false, due: 0 }))

/**
 * A sample of what our evaluator decided is decided again by Cedar's official engine, beside the answers: one at a time, no more
 * often than `official.shadowMs`, by the rules that it was decided by and over the rows that can be read now. What differs is told to
 * the operator, in the events and in `/metrics`; who asked waits for none of it.
 */
export function shadow(gate: Gate, ruling: Ruling): void {
  const { shadowMs } = gate.config.official
  const sample = sampling(gate.config)
  if (shadowMs === 0 || sample.busy || performance.now() < sample.due) return
  sample.busy = true
  void compare(gate, ruling).finally(() => {
    sample.busy = false
    sample.due = performance.now() + shadowMs
  })
}

async function compare(gate: Gate, ruling: Ruling): Promise<void> {
  for (const decision of ruling.tables.values()) await compareTable(gate, ruling, decision)
}

async function compareTable(gate: Gate, { asker, generation, labels }: Ruling, decision: TableDecision): Promise<void> {
  const { subject, actors, purpose, circumstances } = asker
  const { table } = decision
  try {
    const question = { chain: [subject, ...actors], purpose, circumstances, labels }
    const { rows, differences } = await differencesFromOfficial(gate, generation, question, decision, account)
    gate.log(differences === 0 ? 'policy.shadow_agrees' : 'policy.shadow_differs', { table, rows, differences })
    gate.telemetry.shadowed(differences === 0 ? 'agrees' : 'differs')
  } catch (error) {
    const failure = asSelvageError(error)
    gate.log('policy.shadow_failed', { table, code: failure.code, cause: describeCause(failure) })
    gate.telemetry.shadowed('failed')
  }
}
