import { holds } from './bound.ts'
import type { Column, QualityRule, Table } from './product.ts'

/**
 * What may keep rows of a table back when it is published, by name: its rules of quality, then what its columns promise.
 * Empty: each row is published, or none is.
 */
export function quarantining(table: Table): string[] {
  const rules = [...table.columns.flatMap(column => column.quality), ...table.quality].filter(takesRowsOut).map(rule => rule.name)
  const key = table.primaryKey.length === 0 ? [] : [`primaryKey(${table.primaryKey.join(', ')})`]
  return [...rules, ...table.columns.flatMap(promises), ...key]
}

/** Where taking rows out would not make a rule hold, nothing is published. */
function takesRowsOut({ severity, check }: QualityRule): boolean {
  if (severity !== 'error' || check.kind === 'shown' || check.kind === 'rowCount') return false
  return check.kind === 'checkDigit' || (check.bound.unit === 'rows' && holds(check.bound, 0, 0))
}

function promises({ name, type, required, unique, options }: Column): string[] {
  const kinds = [...(type === 'VARCHAR' ? [] : ['type']), ...(required ? ['required'] : []), ...(unique ? ['unique'] : [])]
  return [...kinds, ...Object.keys(options)].map(kind => `${kind}(${name})`)
}
