import { expect, it } from 'vitest'
import { differenceOf } from './difference.ts'
import type { Sight } from './sight.ts'

const sight = (email: string): Sight => ({ rows: { kind: 'all', because: [] }, columns: new Map([['email', email]]) })

it.each([
  ['null', 'null, only where vip', 'changes'],
  ['null', 'token, only where vip', 'gains'],
  ['clear', 'clear, only where vip', 'loses'],
  ['clear, only where vip', 'null, only where vip', 'loses'],
])('a column that was %s and is %s: %s', (before, after, effect) => {
  expect(differenceOf(sight(before), sight(after)).map(one => one.effect)).toEqual([effect])
})
