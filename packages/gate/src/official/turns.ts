import { SelvageError } from '@selvage/kernel/model'
import { FairQueue } from '../execute/fair-queue.ts'

/** Runs what it is given, one at a time; throws `limit.busy` where its turn did not come in time. */
export type Turns = <T>(lane: string, work: () => Promise<T>) => Promise<T>

interface Turn {
  readonly lane: string
  readonly begin: () => void
}

/**
 * In a fair order between lanes (`FairQueue`). How many wait is bounded by the door, which takes so many requests.
 * @param waitMs how long one waits for a turn at most
 */
export function openTurns(waitMs: number): Turns {
  const queue = new FairQueue<Turn>({ waiting: Infinity, waitingPerLane: Infinity, runningPerLane: 1 })
  let busy = false
  const next = (): void => {
    const turn = busy ? undefined : queue.peek()
    if (turn === undefined) return
    queue.take(turn.lane)
    busy = true
    turn.begin()
  }
  return (lane, work) =>
    new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(patience)
        const since = performance.now()
        const over = (): void => {
          busy = false
          queue.release(lane, performance.now() - since)
          next()
        }
        work().then(resolve, reject).finally(over)
      }
      const turn = { lane, begin }
      const patience = setTimeout(() => {
        if (queue.remove(lane, turn)) reject(new SelvageError('limit.busy'))
      }, waitMs)
      queue.push(lane, turn)
      next()
    })
}
