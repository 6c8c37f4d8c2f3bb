import { expect, test } from 'vitest'
import { Backoff } from './backoff.ts'

test('one try at a time, ever more seldom, and from the beginning once it went well', () => {
  let now = 0
  const backoff = new Backoff(() => now)
  const waitFor = (): number => {
    const from = now
    while (!backoff.isDue()) now += 500
    return now - from
  }
  const waits: number[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    waits.push(waitFor())
    now += 10_000
    expect(backoff.isDue()).toBe(false)
    backoff.failed()
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  backoff.done()
  expect(waitFor()).toBe(1_000)
})
