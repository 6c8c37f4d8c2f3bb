import { asSelvageError } from '@selvage/kernel/model'
import { describeCause } from '../cause.ts'
import type { Gate } from '../ports.ts'
import type { Ruling } from './index.ts'
import { differencesFromOfficial } from './official.ts'

/** On whose account it reads: nobody's who asks. */
const account = 'selvage:shadow'

/**
 * A sample of what our evaluator decided is decided again by Cedar's official engine, beside the answers: one at a time, no more
 * often than `official.shadowMs`, by the rules that it was decided by and over the rows that can be read now. What differs is told to
 * the operator, in the events and in `/metrics`; who asked waits for none of it.
 */
export class Shadow {
  readonly #gate: Gate
  #busy = false
  #due = 0

  private constructor(gate: Gate) {
    this.#gate = gate
  }

  static of(gate: Gate): Shadow {
    const shadow = all.get(gate.config) ?? new Shadow(gate)
    all.set(gate.config, shadow)
    return shadow
  }

  look(ruling: Ruling): void {
    const { shadowMs } = this.#gate.config.official
    const now = performance.now()
    if (shadowMs === 0 || this.#busy || now < this.#due) return
    this.#busy = true
    void this.#compare(ruling).finally(() => {
      this.#busy = false
      this.#due = performance.now() + shadowMs
    })
  }

  async #compare({ asker, generation, tables, labels }: Ruling): Promise<void> {
    const { subject, actors, purpose, circumstances } = asker
    const question = { chain: [subject, ...actors], purpose, circumstances, labels }
    for (const decision of tables.values()) {
      const { table } = decision
      try {
        const { rows, differences } = await differencesFromOfficial(this.#gate, generation, question, decision, account)
        this.#gate.log(differences === 0 ? 'policy.shadow_agrees' : 'policy.shadow_differs', { table, rows, differences })
        this.#gate.telemetry.shadowed(differences === 0 ? 'agrees' : 'differs')
      } catch (error) {
        const failure = asSelvageError(error)
        this.#gate.log('policy.shadow_failed', { table, code: failure.code, cause: describeCause(failure) })
        this.#gate.telemetry.shadowed('failed')
      }
    }
  }
}

const all = new WeakMap<Gate['config'], Shadow>()
