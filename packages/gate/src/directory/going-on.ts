import { SelvageError } from '@selvage/kernel/model'
import type { Identified } from '../identify/index.ts'
import type { Gate } from '../ports.ts'

/** Throws where nobody waits for an answer any more, or the rules by which its asker may be told are no longer those in force. */
export type GoingOn = () => void

export function goingOn(gate: Pick<Gate, 'generation'>, { generation }: Pick<Identified, 'generation'>, gone: AbortSignal): GoingOn {
  return () => {
    if (gone.aborted) throw new SelvageError('engine.cancelled')
    if (gate.generation() !== generation) throw new SelvageError('limit.busy', { cause: 'the rules changed meanwhile' })
  }
}
