import { setImmediate, setTimeout as wait } from 'node:timers/promises'
import { SelvageError } from '@selvage/kernel/model'
import { describe, expect, test } from 'vitest'
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

test('a change that comes while an earlier one is decided is not waited for as long again', async () => {
  const first = rules(1)
  now = () => first
  const underWay = open()
  let began = 0
  const told = start(underWay, async () => {
    if (began > 0) return new Promise(() => undefined)
    if (now() === first) return basis()
    began = performance.now()
    const by = basis()
    said += 1
    await wait(450)
    return by
  })
  const second = rules(2)
  now = () => second
  await expect.poll(() => told.code, { timeout: 5_000, interval: 10 }).toBe('engine.cancelled')
  expect(performance.now() - began).toBeLessThan(850)
})

describe('a thousand', () => {
  /** The most that were asked between two turns of the event loop, and how many turns it took until all were. */
  async function askAll(decideAnew: () => Promise<Basis>): Promise<{ most: number; turns: number }> {
    const first = rules(1)
    now = () => first
    const underWay = open()
    const all = Array.from({ length: 1_000 }, () => start(underWay, decideAnew))
    const askedOf = (): number => all.reduce((sum, told) => sum + told.asked, 0)
    let [most, turns, before] = [0, 0, 0]
    for (let asked = 0; asked < all.length; ) {
      await setImmediate()
      asked = askedOf()
      most = Math.max(most, asked - before)
      if (before > 0 && asked > before) turns += 1
      before = asked
    }
    for (const told of all) told.leave()
    return { most, turns }
  }

  test('that take their time are decided in turns: others are served between any two', async () => {
    const { most } = await askAll(async () => {
      await setImmediate()
      return basis()
    })
    expect(most).toBeLessThanOrEqual(2)
  })

  test('whom a change does not concern, which is known at once, do not wait for others', async () => {
    expect((await askAll(async () => basis())).turns).toBeLessThan(300)
  })
})
