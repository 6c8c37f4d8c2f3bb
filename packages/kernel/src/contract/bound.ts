import { asNumber, type Fields } from './fields.ts'
import { operators } from './odcs-keys.ts'
import type { Bound } from './product.ts'
import { quoted } from './report.ts'

/** The one operator of a quality rule and its unit; undefined after a finding. */
export function parseBound(fields: Fields): Bound | undefined {
  const given = operators.filter(operator => fields.has(operator))
  const operator = given[0]
  if (operator === undefined || given.length > 1) {
    fields.report('contract.operator', fields.place, operator === undefined ? 'the rule has no operator' : 'the rule has several operators')
    return undefined
  }
  const unit = fields.text('unit')
  if (unit !== undefined && unit.text !== 'rows' && unit.text !== 'percent')
    fields.report('contract.operator', unit.place, `${quoted(unit.text)} is no unit: rows or percent`)
  const value = operator === 'mustBeBetween' || operator === 'mustNotBeBetween' ? parsePair(fields, operator) : fields.number(operator)
  return value === undefined ? undefined : { operator, value, unit: unit?.text === 'percent' ? 'percent' : 'rows' }
}

function parsePair(fields: Fields, operator: string): readonly [number, number] | undefined {
  const [low, high, more] = fields.list(operator).map(item => asNumber(item, operator, fields.report))
  if (low !== undefined && high !== undefined && low < high && more === undefined) return [low, high]
  fields.report('contract.operator', fields.placeOf(operator), `\`${operator}\` needs two numbers, the smaller first`)
  return undefined
}

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
