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
