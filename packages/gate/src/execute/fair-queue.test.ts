import { expect, it } from 'vitest'
import { FairQueue } from './fair-queue.ts'

it('gives the lanes turns', () => {
  const queue = new FairQueue<string>(20)
  for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) expect(queue.push(item[0]!, item)).toBe(true)
  queue.remove('a', 'a2')
  queue.remove('b', 'unknown')
  expect(queue.size).toBe(5)
  const order: string[] = []
  for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
    expect(queue.shift()).toBe(next)
    order.push(next)
  }
  expect(order).toEqual(['a1', 'b1', 'c1', 'a3', 'b2'])
  expect(queue.shift()).toBeUndefined()
})

it('is bounded, for each lane with a name too', () => {
  const queue = new FairQueue<number>(4)
  expect([1, 2, 3].map(item => queue.push('a', item))).toEqual([true, true, false])
  expect([1, 2, 3].map(item => queue.push('', item))).toEqual([true, true, false])
})
