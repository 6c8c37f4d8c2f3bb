import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openTurns } from './turns.ts'

test('one at a time, and one who asks once does not wait for all that another asks', async () => {
  const turns = openTurns(60_000)
  const done: string[] = []
  let running = 0
  const work = (name: string) => async (): Promise<void> => {
    running += 1
    expect(running).toBe(1)
    await sleep(5)
    running -= 1
    done.push(name)
  }
  await Promise.all([...[1, 2, 3, 4].map(at => turns('much', work(`much ${at}`))), turns('little', work('little'))])
  expect(done).toEqual(['much 1', 'little', 'much 2', 'much 3', 'much 4'])
})

test('what fails is told to who asked, and the next one has its turn', async () => {
  const turns = openTurns(60_000)
  const failed = turns('a', () => Promise.reject(new Error('no')))
  const next = turns('a', () => Promise.resolve(1))
  await expect(failed).rejects.toThrow('no')
  expect(await next).toBe(1)
})

test('nobody waits for a turn without end', async () => {
  const turns = openTurns(20)
  let end = (): void => undefined
  const held = turns('a', () => new Promise<void>(resolve => (end = resolve)))
  await expect(turns('b', () => Promise.resolve(1))).rejects.toMatchObject({ code: 'limit.busy' })
  end()
  await held
  expect(await turns('b', () => Promise.resolve(2))).toBe(2)
})
