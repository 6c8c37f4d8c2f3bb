import type { ColumnType, Name } from '../model/index.ts'
import type { Expr, Literal, Operand } from '../policy/index.ts'

/** Of a column, or of what a set holds. */
type TypeOf = (name: Name) => ColumnType
type Sort = 'text' | 'integer' | 'boolean' | 'other'

/**
 * The condition with every comparison of unlike things replaced by what it means, FALSE: the engine would cast, and
 * fail on a value, or find unlike things equal.
 */
export function fitCondition(expr: Expr, typeOf: TypeOf): Expr {
  switch (expr.kind) {
    case 'not':
      return { kind: 'not', of: fitCondition(expr.of, typeOf) }
    case 'and':
    case 'or':
      return { kind: expr.kind, of: expr.of.map(part => fitCondition(part, typeOf)) }
    case 'if':
      return { kind: 'if', test: fitCondition(expr.test, typeOf), yes: fitCondition(expr.yes, typeOf), no: fitCondition(expr.no, typeOf) }
    case 'compare': {
      const sort = sortOf(expr.left, typeOf)
      const fits = sort !== 'other' && sort === sortOf(expr.right, typeOf) && (expr.op === '==' || sort === 'integer')
      return fits ? expr : never
    }
    case 'among': {
      const sort = sortOf(expr.operand, typeOf)
      return { ...expr, values: expr.values.filter(value => literalSort(value) === sort) }
    }
    case 'like':
      return sortOf(expr.operand, typeOf) === 'text' ? expr : never
    case 'member':
      return sortOf(expr.operand, typeOf) === columnSort(typeOf(expr.set)) ? expr : never
    case 'exactly': {
      const sort = columnSort(typeOf(expr.set))
      return expr.values.every(value => literalSort(value) === sort) ? expr : never
    }
    case 'flag':
      return columnSort(typeOf(expr.column)) === 'boolean' ? expr : never
    default:
      return expr
  }
}

const never: Expr = { kind: 'const', value: false }

const sortOf = (operand: Operand, typeOf: TypeOf): Sort =>
  operand.kind === 'literal' ? literalSort(operand.value) : columnSort(typeOf(operand.column))

const literalSort = (value: Literal): Sort => (typeof value === 'string' ? 'text' : typeof value === 'bigint' ? 'integer' : 'boolean')

/** As policies read columns; all other types are no attributes there. */
function columnSort(type: ColumnType): Sort {
  if (type === 'VARCHAR') return 'text'
  if (type === 'BOOLEAN') return 'boolean'
  return /^(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(type) ? 'integer' : 'other'
}
