import { expect, test } from 'vitest'
import { onceFor } from './once-for.ts'

test('each key has its own value, worked out once, be it undefined', () => {
  const asked: object[] = []
  const find = onceFor((key: { n?: number }) => {
    asked.push(key)
    return key.n
  })
  const [one, none] = [{ n: 1 }, {}]
  expect([find(one), find(none), find(one), find(none), find({ n: 2 })]).toEqual([1, undefined, 1, undefined, 2])
  expect(asked).toHaveLength(3)
})
