import { CommandError } from '../exit.ts'
import type { Plan } from '../plan/plan-file.ts'

/** Throws where what is in force, or what is to be signed, is not what was planned. */
export function refuseMoved(planned: Plan['signers'], now: Plan['signers']): void {
  const of = (list: Plan['signers'], who: string): Plan['signers'][number] | undefined => list.find(one => one.who === who)
  for (const { who } of [...planned, ...now]) {
    const [then, is] = [of(planned, who), of(now, who)]
    if (then?.before !== is?.before) throw moved(`what is in force of ${who}`)
    if (then?.after !== is?.after) throw moved(`the texts of ${who}`)
  }
}

const moved = (what: string): CommandError =>
  new CommandError('refused', `${what} changed since the plan was made`, { help: 'Make a new plan, and read it, before you apply.' })
