import { setImmediate } from 'node:timers/promises'
import { asSelvageError, SelvageError } from '@selvage/kernel/model'
import type { Generation } from './sync/generation.ts'

/** A statement whose rows are leaving, or are about to. */
export interface Leaving {
  /** What it was decided by. */
  readonly generation: Generation
  /** Decides it by the rules of now. Throws what ends it: a refusal, or that it would be answered otherwise. */
  readonly decideAnew: (approved: Generation) => Promise<Generation>
  /** Without effect once it is over. */
  readonly end: (error: SelvageError) => void
}

/** INVARIANT: no row leaves for longer than a second after the rules, or what was said of its asker, forbid it. */
export interface UnderWay {
  /** Until what it returns is called. */
  readonly add: (leaving: Leaving) => () => void
}

/** Milliseconds between looks at whether the rules have changed, while a statement is under way. */
const lookEvery = 200
/** Milliseconds from a change that was seen until what is not decided anew ends. */
const decidedWithin = 600

export const rulesChanged = {
  detail: 'The rules changed while the rows were on their way.',
  help: 'Ask again: the answer is given by the rules of now.',
} as const

interface Watched {
  readonly leaving: Leaving
  approved: Generation
  deciding: boolean
  late: NodeJS.Timeout | undefined
}

export function openUnderWay(generation: () => Generation): UnderWay {
  const open = new Set<Watched>()
  let timer: NodeJS.Timeout | undefined
  let turning = false

  function add(leaving: Leaving): () => void {
    const watched: Watched = { leaving, approved: leaving.generation, deciding: false, late: undefined }
    open.add(watched)
    timer ??= setTimeout(look, lookEvery)
    return () => {
      open.delete(watched)
      clearTimeout(watched.late)
    }
  }

  function look(): void {
    for (const watched of open) bound(watched)
    if (!turning) void decideInTurns()
    timer = open.size === 0 ? undefined : setTimeout(look, lookEvery)
  }

  function bound(watched: Watched): void {
    const { leaving, approved } = watched
    try {
      if (generation() !== approved)
        watched.late ??= setTimeout(() => leaving.end(new SelvageError('engine.cancelled', rulesChanged)), decidedWithin)
    } catch (error) {
      // Expired, or stale: nobody says any more what may leave.
      leaving.end(asSelvageError(error))
    }
  }

  /** Many that are open at a change keep nobody else waiting. */
  async function decideInTurns(): Promise<void> {
    turning = true
    for (const watched of open) {
      if (!watched.deciding) void decide(watched)
      await setImmediate()
    }
    turning = false
  }

  async function decide(watched: Watched): Promise<void> {
    watched.deciding = true
    try {
      watched.approved = await watched.leaving.decideAnew(watched.approved)
      clearTimeout(watched.late)
      watched.late = undefined
    } catch (error) {
      watched.leaving.end(asSelvageError(error))
    } finally {
      watched.deciding = false
    }
  }

  return { add }
}
