import { expect, it } from 'vitest'
import { FairQueue } from './fair-queue.ts'

const bounds = { waiting: 20, waitingPerLane: 20, runningPerLane: 20, now: () => 0 }

function taken(queue: FairQueue<string>): string[] {
  const order: string[] = []
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    expect(queue.take(next[0]!)).toBe(next)
    order.push(next)
  }
  return order
}

it('gives the lanes turns', () => {
  const queue = new FairQueue<string>(bounds)
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) expect(queue.push(item[0]!, item)).toBe('waits')
  queue.remove('a', 'a2')
  queue.remove('b', 'unknown')
  expect(queue.size).toBe(5)
  expect(taken(queue)).toEqual(['a1', 'b1', 'c1', 'a3', 'b2'])
  expect(queue.take('a')).toBeUndefined()
})

it('whoever took least of late goes first, and what was taken is forgotten with time', () => {
  let now = 0
  const queue = new FairQueue<string>({ ...bounds, now: () => now })
  for (const [item, ms] of [
    ['a', 4_000],
    ['b', 20],
  ] as const) {
    queue.push(item, item)
    queue.take(item)
    queue.release(item, ms)
  }
  for (const item of ['a1', 'a2', 'b1', 'b2', 'c1']) queue.push(item[0]!, item)
  expect(taken(queue)).toEqual(['c1', 'b1', 'b2', 'a1', 'a2'])
  now = 120_000
  for (const item of ['a3', 'b3']) queue.push(item[0]!, item)
  // Equals again: a had the last turn.
  expect(taken(queue)).toEqual(['b3', 'a3'])
})

it('of equals, one with a thousand items waits as long as one with one', () => {
  let now = 0
  const queue = new FairQueue<string>({ waiting: 2_000, waitingPerLane: 1_000, runningPerLane: 1, now: () => now })
  for (let i = 0; i < 1_000; i++) queue.push('greedy', `greedy ${i}`)
  for (const name of ['a', 'b', 'c']) queue.push(name, name)
  const first: string[] = []
  for (let i = 0; i < 6; i++) {
    const lane = queue.peek()!.split(' ')[0]!
    queue.take(lane)
    first.push(lane)
    now += 10
    queue.release(lane, 10)
  }
  expect(first).toEqual(['greedy', 'a', 'b', 'c', 'greedy', 'greedy'])
})

it('is bounded, each lane with a name too', () => {
  const queue = new FairQueue<number>({ ...bounds, waiting: 4, waitingPerLane: 2 })
  expect([1, 2, 3].map(item => queue.push('a', item))).toEqual(['waits', 'waits', 'lane full'])
  expect([1, 2, 3].map(item => queue.push('', item))).toEqual(['waits', 'waits', 'full'])
  expect(queue.push('a', 4)).toBe('lane full')
})

it('a lane has no more running than it may, and the others go on', () => {
  const queue = new FairQueue<string>({ ...bounds, runningPerLane: 1 })
  for (const item of ['a1', 'a2', 'b1']) queue.push(item[0]!, item)
  expect(taken(queue)).toEqual(['a1', 'b1'])
  expect(queue.size).toBe(1)
  queue.release('a', 0)
  expect(taken(queue)).toEqual(['a2'])
})

it('keeps no account of what took nothing, and a bounded number of others', () => {
  const queue = new FairQueue<number>(bounds)
  for (let i = 0; i < 10_000; i++) {
    queue.push(`lane ${i}`, i)
    queue.take(`lane ${i}`)
    queue.release(`lane ${i}`, 5)
  }
  expect(queue.lanes).toBeLessThanOrEqual(4_096)
  expect(queue.drain()).toEqual([])
})
