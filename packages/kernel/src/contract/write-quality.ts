import type { Bound, QualityCheck, QualityRule } from './product.ts'
import type { Plain } from './write-contract.ts'

/** A rule in ODCS's words. A column's rule is about the column; a table's names its columns. */
export function writeQuality({ name, severity, check }: QualityRule, at: 'column' | 'table'): Plain {
  return { name, severity, ...writeCheck(check, at) }
}

type Written = Readonly<Record<string, Plain | undefined>>

function writeCheck(check: QualityCheck, at: 'column' | 'table'): Written {
  switch (check.kind) {
    case 'checkDigit':
      return { type: 'custom', engine: 'selvage', implementation: { checkDigit: check.scheme } }
    case 'shown':
      return writeShown(check)
    case 'rowCount':
      return { type: 'library', metric: check.kind, ...writeBound(check.bound) }
    case 'nullValues':
    case 'missingValues':
    case 'duplicateValues':
      return { type: 'library', metric: check.kind, ...writeArguments(check, at), ...writeBound(check.bound) }
    case 'invalidValues': {
      const { kind, column: _, bound, ...given } = check
      return { type: 'library', metric: kind, arguments: given, ...writeBound(bound) }
    }
  }
}

function writeArguments({ kind, columns, missing }: Extract<QualityCheck, { columns: unknown }>, at: 'column' | 'table'): Written {
  const given = {
    ...(at === 'table' ? { properties: columns } : {}),
    ...(kind === 'missingValues' ? { missingValues: [null, ...(missing ?? [])] } : {}),
  }
  return Object.keys(given).length === 0 ? {} : { arguments: given }
}

function writeShown({ type, text, bound }: Extract<QualityCheck, { kind: 'shown' }>): Written {
  return type === 'text' ? { type, description: text } : { type, query: text, ...(bound === undefined ? {} : writeBound(bound)) }
}

const writeBound = ({ operator, value, unit }: Bound): Written => ({ [operator]: value, ...(unit === 'percent' ? { unit } : {}) })
