import type { Bound } from '@selvage/kernel/contract'

/** Whether `rows` of `total` rows are within the bound of a rule. */
export function holds({ operator, value, unit }: Bound, rows: number, total: number): boolean {
  const metric = unit === 'rows' ? rows : total === 0 ? 0 : (100 * rows) / total
  const [low, high] = typeof value === 'number' ? [value, value] : value
  switch (operator) {
    case 'mustBe':
      return metric === low
    case 'mustNotBe':
      return metric !== low
    case 'mustBeGreaterThan':
      return metric > low
    case 'mustBeGreaterOrEqualTo':
      return metric >= low
    case 'mustBeLessThan':
      return metric < low
    case 'mustBeLessOrEqualTo':
      return metric <= low
    case 'mustBeBetween':
      return metric >= low && metric <= high
    case 'mustNotBeBetween':
      return metric < low || metric > high
  }
}

const words: Readonly<Record<Bound['operator'], string>> = {
  mustBe: 'must be',
  mustNotBe: 'must not be',
  mustBeGreaterThan: 'must be greater than',
  mustBeGreaterOrEqualTo: 'must be at least',
  mustBeLessThan: 'must be less than',
  mustBeLessOrEqualTo: 'must be at most',
  mustBeBetween: 'must be between',
  mustNotBeBetween: 'must not be between',
}

/** `must be less than 5 percent`. */
export function describeBound({ operator, value, unit }: Bound): string {
  const limit = typeof value === 'number' ? String(value) : value.join(' and ')
  return `${words[operator]} ${limit}${unit === 'percent' ? ' percent' : ''}`
}
