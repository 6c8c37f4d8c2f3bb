import { setTimeout as wait } from 'node:timers/promises'
import { SelvageError } from '@selvage/kernel/model'
import { expect, test } from 'vitest'
import type { Generation } from './sync/generation.ts'
import { openUnderWay, type UnderWay } from './under-way.ts'

const rules = (id: number): Generation => ({ id }) as Generation
let now: () => Generation = () => rules(1)

interface Told {
  asked: number
  code: string | undefined
}

function start(underWay: UnderWay, decideAnew: () => Promise<Generation>): Told & { leave: () => void } {
  const told: Told & { leave: () => void } = { asked: 0, code: undefined, leave: () => undefined }
  told.leave = underWay.add({
    generation: now(),
    decideAnew: () => {
      told.asked += 1
      return decideAnew()
    },
    end: error => {
      told.code ??= error.code
      told.leave()
    },
  })
  return told
}

test('ends what is refused anew, what is not decided in time and all that nobody decides; nothing else', async () => {
  const first = rules(1)
  now = () => first
  const underWay = openUnderWay(() => now())
  const stays = start(underWay, async () => now())
  const refused = start(underWay, async () => {
    if (now() === first) return first
    throw new SelvageError('policy.denied')
  })
  const hangs = start(underWay, () => (now() === first ? Promise.resolve(first) : new Promise(() => undefined)))
  const left = start(underWay, async () => now())
  left.leave()
  await wait(500)
  const second = rules(2)
  now = () => second
  await expect
    .poll(() => [stays.code, refused.code, hangs.code], { timeout: 3_000 })
    .toEqual([undefined, 'policy.denied', 'engine.cancelled'])
  expect(left.asked).toBe(0)
  await wait(500)
  expect(stays.code).toBeUndefined()
  now = () => {
    throw new SelvageError('policy.stale')
  }
  await expect.poll(() => stays.code, { timeout: 3_000 }).toBe('policy.stale')
})

test('decides in turns: others are served between any two of a thousand', async () => {
  const first = rules(1)
  now = () => first
  const underWay = openUnderWay(() => now())
  const all = Array.from({ length: 1_000 }, () => start(underWay, async () => now()))
  let most = 0
  let going = true
  const count = (before: number): void => {
    const asked = all.reduce((sum, told) => sum + told.asked, 0)
    most = Math.max(most, asked - before)
    if (going) setImmediate(count, asked)
  }
  count(0)
  await expect.poll(() => all.every(told => told.asked > 0), { timeout: 10_000 }).toBe(true)
  going = false
  expect(most).toBeLessThanOrEqual(2)
  for (const told of all) told.leave()
})
