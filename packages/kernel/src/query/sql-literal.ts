import { SelvageError } from '../model/index.ts'
import type { Literal } from '../policy/index.ts'

const least = -(2n ** 63n)
const most = 2n ** 63n - 1n
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** A value of a rule as DuckDB's SQL. What SQL cannot hold exactly is refused. */
export function printLiteral(value: Literal): string {
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'bigint') return printInteger(value)
  return printText(value)
}

export function printText(value: string): string {
  if (value.includes('\0') || loneSurrogate.test(value))
    throw new SelvageError('policy.invalid', { detail: 'A text of a rule holds NUL or half a character.' })
  return `'${value.replaceAll("'", "''")}'`
}

function printInteger(value: bigint): string {
  if (value < least || value > most) throw new SelvageError('policy.invalid', { detail: 'An integer of a rule does not fit 64 bits.' })
  return value.toString()
}

export function printName(name: string): string {
  if (name.includes('\0')) throw new SelvageError('policy.invalid', { detail: 'A name holds NUL.' })
  return `"${name.replaceAll('"', '""')}"`
}
