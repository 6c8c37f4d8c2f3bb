import { setImmediate } from 'node:timers/promises'
import { asSelvageError, SelvageError } from '@selvage/kernel/model'
import type { Basis } from './identify/index.ts'
import type { Clock } from './ports.ts'
import type { Generation } from './sync/generation.ts'

/** A statement whose rows are leaving, or are about to. */
export interface Leaving {
  /** What it was decided by. */
  readonly basis: Basis
  /** Decides it by what holds now. Throws what ends it: a refusal, or that it would be answered otherwise. */
  readonly decideAnew: (approved: Basis) => Promise<Basis>
  /** Without effect once it is over. */
  readonly end: (error: SelvageError) => void
}

/** INVARIANT: no row leaves for longer than a second after the rules, or what was said of its asker, forbid it. */
export interface UnderWay {
  /** Until what it returns is called. */
  readonly add: (leaving: Leaving) => () => void
}

/** Milliseconds between looks at whether anything has changed, while a statement is under way. */
const lookEvery = 200
/** Milliseconds from a change that was seen until what is not decided anew ends. */
const decidedWithin = 600

/** Milliseconds that deciding takes before whatever else waits has its turn. */
const turn = 5

export const otherwise = {
  detail: 'The rules, or what is known of you, changed while the rows were on their way.',
  help: 'Ask again: the answer is given by what holds now.',
} as const

interface Watched {
  readonly leaving: Leaving
  approved: Basis
  deciding: boolean
  late: NodeJS.Timeout | undefined
}

export interface Now {
  readonly generation: () => Generation
  /** Grows whenever something was said of those who ask. */
  readonly said: () => number
  readonly clock: Clock
}

export function openUnderWay({ generation, said, clock }: Now): UnderWay {
  const open = new Set<Watched>()
  let timer: NodeJS.Timeout | undefined
  let turning = false

  function add(leaving: Leaving): () => void {
    const watched: Watched = { leaving, approved: leaving.basis, deciding: false, late: undefined }
    open.add(watched)
    timer ??= setTimeout(look, lookEvery)
    return () => {
      open.delete(watched)
      clearTimeout(watched.late)
    }
  }

  function look(): void {
    for (const watched of open) bound(watched, performance.now())
    if (!turning) void decideInTurns()
    timer = open.size === 0 ? undefined : setTimeout(look, lookEvery)
  }

  /** @param since what does not hold any more changed then, or later */
  function bound(watched: Watched, since: number): void {
    const { leaving, approved } = watched
    try {
      if (holds(approved)) return
      const left = since + decidedWithin - performance.now()
      watched.late ??= setTimeout(() => leaving.end(new SelvageError('engine.cancelled', otherwise)), left)
    } catch (error) {
      // Expired, or stale: nobody says any more what may leave.
      leaving.end(asSelvageError(error))
    }
  }

  const holds = (basis: Basis): boolean => generation() === basis.generation && said() === basis.said && clock() < basis.until

  /**
   * Many that are open at a change keep nobody else waiting; nor does a busy event loop keep those waiting whom a change does
   * not concern, which is known at once.
   */
  async function decideInTurns(): Promise<void> {
    turning = true
    let turned = performance.now()
    for (const watched of open) {
      if (watched.deciding) continue
      const next = setImmediate()
      await Promise.race([decide(watched), next])
      if (performance.now() - turned < turn) continue
      await next
      turned = performance.now()
    }
    turning = false
  }

  async function decide(watched: Watched): Promise<void> {
    watched.deciding = true
    const begun = performance.now()
    try {
      watched.approved = await watched.leaving.decideAnew(watched.approved)
      clearTimeout(watched.late)
      watched.late = undefined
      // What came while it was decided has waited since.
      if (open.has(watched)) bound(watched, begun)
    } catch (error) {
      watched.leaving.end(asSelvageError(error))
    } finally {
      watched.deciding = false
    }
  }

  return { add }
}
