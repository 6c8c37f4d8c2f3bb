import { describe, expect, it } from 'vitest'
import { Unanswered } from './attack.ts'
import { patiently } from './bounded.ts'

describe('a neighbour who is refused', () => {
  const refusedWith = (code: Unanswered['code'], times: number) => {
    let asked = 0
    const check = async (): Promise<void> => {
      asked += 1
      if (asked <= times) throw new Unanswered('the neighbour', { code, problem: code })
    }
    return { check, asked: () => asked }
  }

  it('for want of time asks again, three times in all', async () => {
    await patiently(refusedWith('limit.time', 2).check)
    const never = refusedWith('limit.time', 9)
    await expect(patiently(never.check)).rejects.toThrow('limit.time')
    expect(never.asked()).toBe(3)
  })

  it.each(['limit.busy', 'limit.share', 'limit.memory', 'engine.unavailable', 'engine.cancelled', 'internal.fault'] as const)(
    'with %s is a failure at once',
    async code => {
      const once = refusedWith(code, 1)
      await expect(patiently(once.check)).rejects.toThrow(code)
      expect(once.asked()).toBe(1)
    },
  )
})
