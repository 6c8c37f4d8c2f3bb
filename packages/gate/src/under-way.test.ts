import { setTimeout as wait } from 'node:timers/promises'
import { SelvageError } from '@selvage/kernel/model'
import { expect, test } from 'vitest'
import type { Basis } from './identify/index.ts'
import type { Generation } from './sync/generation.ts'
import { openUnderWay, type UnderWay } from './under-way.ts'

const rules = (id: number): Generation => ({ id }) as Generation
let now: () => Generation = () => rules(1)
let said = 0
let time = 0
const basis = (): Basis => ({ generation: now(), said, until: time + 1 }) as Basis
const open = (): UnderWay => openUnderWay({ generation: () => now(), said: () => said, clock: () => time })

interface Told {
  asked: number
  code: string | undefined
}

function start(underWay: UnderWay, decideAnew: () => Promise<Basis>): Told & { leave: () => void } {
  const told: Told & { leave: () => void } = { asked: 0, code: undefined, leave: () => undefined }
  told.leave = underWay.add({
    basis: basis(),
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
  const underWay = open()
  const stays = start(underWay, async () => basis())
  const refused = start(underWay, async () => {
    if (now() === first) return basis()
    throw new SelvageError('policy.denied')
  })
  const hangs = start(underWay, () => (now() === first ? Promise.resolve(basis()) : new Promise(() => undefined)))
  const left = start(underWay, async () => basis())
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

test.each([
  [
    'something was said of who asks',
    () => {
      said += 1
    },
  ],
  [
    'the time is over for which it was known',
    () => {
      time += 1
    },
  ],
])('ends what is refused anew once %s', async (_, happens) => {
  const first = rules(1)
  now = () => first
  const underWay = open()
  let refuses = false
  const told = start(underWay, async () => {
    if (refuses) throw new SelvageError('identity.expired')
    return basis()
  })
  const stays = start(underWay, async () => basis())
  await wait(500)
  expect(told.code).toBeUndefined()
  refuses = true
  happens()
  await expect.poll(() => told.code, { timeout: 3_000 }).toBe('identity.expired')
  await wait(1_000)
  expect(stays.code).toBeUndefined()
  stays.leave()
})

test('decides in turns: others are served between any two of a thousand', async () => {
  const first = rules(1)
  now = () => first
  const underWay = open()
  const all = Array.from({ length: 1_000 }, () => start(underWay, async () => basis()))
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
