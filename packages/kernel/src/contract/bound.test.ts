import { describe, expect, it } from 'vitest'
import { describeBound, holds } from './bound.ts'
import type { Bound } from './product.ts'

describe('holds', () => {
  it.each<[Bound['operator'], Bound['value'], readonly number[]]>([
    ['mustBe', 2, [2]],
    ['mustNotBe', 2, [0, 1, 3, 4]],
    ['mustBeGreaterThan', 2, [3, 4]],
    ['mustBeGreaterOrEqualTo', 2, [2, 3, 4]],
    ['mustBeLessThan', 2, [0, 1]],
    ['mustBeLessOrEqualTo', 2, [0, 1, 2]],
    ['mustBeBetween', [1, 3], [1, 2, 3]],
    ['mustNotBeBetween', [1, 3], [0, 4]],
  ])('%s %j holds for %j of 0 to 4', (operator, value, good) => {
    expect([0, 1, 2, 3, 4].filter(rows => holds({ operator, value, unit: 'rows' }, rows, 9))).toEqual(good)
  })

  it('counts per cent of all rows, and none of none', () => {
    const bound: Bound = { operator: 'mustBeLessThan', value: 10, unit: 'percent' }
    expect([holds(bound, 9, 100), holds(bound, 10, 100), holds(bound, 0, 0)]).toEqual([true, false, true])
    expect(describeBound(bound)).toBe('must be less than 10 percent')
  })
})
