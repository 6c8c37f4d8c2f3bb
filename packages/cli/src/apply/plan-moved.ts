import { CommandError } from '../exit.ts'
import type { Plan } from '../plan/plan-file.ts'

type Planned = Pick<Plan, 'signers' | 'directory'>

/** Throws where what is in force, what is to be signed, or whom the plan was about, is not what was planned. */
export function refuseMoved({ signers: planned, directory }: Planned, { signers: now, directory: read }: Planned): void {
  if (directory !== read) throw moved('who is in the directory')
  const of = (list: Plan['signers'], who: string): Plan['signers'][number] | undefined => list.find(one => one.who === who)
  for (const { who } of [...planned, ...now]) {
    const [then, is] = [of(planned, who), of(now, who)]
    if (then?.before !== is?.before) throw moved(`what is in force of ${who}`)
    if (then?.handedOut !== undefined && then.handedOut !== is?.handedOut) throw moved(`what control hands out of ${who}`)
    if (then?.after !== is?.after) throw moved(`the texts of ${who}`)
  }
}

const moved = (what: string): CommandError =>
  new CommandError('refused', `${what} changed since the plan was made`, { help: 'Make a new plan, and read it, before you apply.' })
