import { type ColumnType, isIntegerType, isNumericType } from '../model/index.ts'
import { asFields, asWritten, type Fields } from './fields.ts'
import { enumKeys } from './odcs-keys.ts'
import { findPatternFault } from './pattern.ts'
import type { Column } from './product.ts'
import { quoted } from './report.ts'

type Options = Column['options']

const enforced: Readonly<Record<'text' | 'number' | 'other', readonly string[]>> = {
  text: ['pattern', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum'],
  other: [],
}
/** What ODCS knows beside; `timezone` is part of the type. */
const known: Readonly<Record<'text' | 'number' | 'other', readonly string[]>> = {
  text: ['format'],
  number: ['format', 'multipleOf', 'exclusiveMinimum', 'exclusiveMaximum'],
  other: ['format', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'timezone', 'defaultTimezone'],
}
/** Words about the type that say nothing to check. */
const silent = ['timezone', 'format']

export const optionKeys: readonly string[] = [...new Set([...Object.values(enforced), ...Object.values(known)].flat())]

/** `logicalTypeOptions` and `enum`. An option that does not fit the type is an error, one that nothing enforces a warning. */
export function parseColumnOptions(column: Fields, options: Fields | undefined, type: ColumnType): Options {
  const kind = type === 'VARCHAR' ? 'text' : isNumericType(type) ? 'number' : 'other'
  for (const key of options?.map.entries.keys() ?? []) {
    const place = options?.placeOf(key)
    if (!enforced[kind].includes(key) && !known[kind].includes(key) && optionKeys.includes(key))
      column.report('contract.option', place, `the option ${quoted(key)} does not fit a column of type ${type}`)
    else if (known[kind].includes(key) && !silent.includes(key))
      column.report('contract.not_enforced', place, `the option ${quoted(key)} is not checked`)
  }
  const values = parseEnum(column, type)
  return {
    ...(values === undefined ? {} : { enum: values }),
    ...(kind === 'text' && options !== undefined ? textOptions(options) : {}),
    ...(kind === 'number' && options !== undefined ? numberOptions(options) : {}),
  }
}

function textOptions(fields: Fields): Options {
  const pattern = fields.text('pattern')
  const fault = pattern && findPatternFault(pattern.text)
  if (fault !== undefined) fields.report('contract.pattern', pattern?.place, `the pattern cannot be used: ${fault}`)
  const minLength = lengthOf(fields, 'minLength')
  const maxLength = lengthOf(fields, 'maxLength')
  checkOrder(fields, 'minLength', minLength, maxLength)
  return {
    ...(pattern === undefined ? {} : { pattern: pattern.text }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  }
}

export function lengthOf(fields: Fields, key: 'minLength' | 'maxLength'): number | undefined {
  const value = fields.integer(key)
  if (value !== undefined && value < 0) fields.report('contract.option', fields.placeOf(key), `\`${key}\` is below 0`)
  return value
}

function numberOptions(fields: Fields): Options {
  const minimum = fields.number('minimum')
  const maximum = fields.number('maximum')
  checkOrder(fields, 'minimum', minimum, maximum)
  return { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) }
}

export function checkOrder(fields: Fields, key: string, low: number | undefined, high: number | undefined): void {
  if (low !== undefined && high !== undefined && low > high)
    fields.report('contract.option', fields.placeOf(key), `\`${key}\` is above its counterpart, so no value fits`)
}

/** The allowed values, as text as they are written. */
function parseEnum(column: Fields, type: ColumnType): string[] | undefined {
  if (!column.has('enum')) return undefined
  if (type !== 'VARCHAR' && !isIntegerType(type))
    column.report('contract.option', column.placeOf('enum'), `\`enum\` does not fit a column of type ${type}`)
  const values = column.list('enum').flatMap(item => {
    const value = asFields(item, 'enum', enumKeys, column.report)?.need('value')
    return (value && asWritten(value, 'value', column.report)) ?? []
  })
  if (values.length === 0) column.report('contract.option', column.placeOf('enum'), '`enum` lists no value, so none fits')
  return [...new Set(values.map(value => value.text))]
}
