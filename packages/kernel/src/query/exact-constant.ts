import { findRecord, isExpressionOf, isRecord, makeRecord, SourceNumber, type SqlRecord, type SqlTree, textOf } from './tree.ts'

/**
 * The engine prints some constants so that they read back as another type: a DOUBLE as a DECIMAL (`1e10` as
 * `10000000000.0`), a DECIMAL without decimals as an INTEGER, a BIGINT that is small as one too (`1e` is the BIGINT 1 called
 * `e`). Those become a cast of their text.
 */
export function exactConstant(node: SqlRecord): SqlRecord {
  const value = findRecord(node, 'value')
  const type = value === undefined ? undefined : findRecord(value, 'type')
  if (!isExpressionOf(node, 'CONSTANT') || value === undefined || type === undefined) return node
  const text = findText(value.value, type)
  return text === undefined ? node : castOf(node, text, type)
}

function findText(value: SqlTree | undefined, type: SqlRecord): string | undefined {
  const id = textOf(type, 'id')
  if (id === 'DOUBLE') return value instanceof SourceNumber ? value.source : undefined
  if (integerTypes.includes(id)) {
    const text = findInteger(value)
    return text === undefined || readAs(BigInt(text)) === id ? undefined : text
  }
  const info = findRecord(type, 'type_info')
  const scale = info?.scale
  return id === 'DECIMAL' && scale instanceof SourceNumber && scale.source === '0' ? findInteger(value) : undefined
}

const integerTypes: readonly string[] = ['BIGINT', 'HUGEINT', 'UBIGINT', 'UHUGEINT']

/** The type that the engine gives to digits. */
function readAs(value: bigint): string {
  if (BigInt.asIntN(32, value) === value) return 'INTEGER'
  if (BigInt.asIntN(64, value) === value) return 'BIGINT'
  return BigInt.asIntN(128, value) === value ? 'HUGEINT' : 'UHUGEINT'
}

/** Up to 18 digits a number, beyond that its two halves. */
function findInteger(value: SqlTree | undefined): string | undefined {
  if (value instanceof SourceNumber) return value.source
  if (!isRecord(value)) return undefined
  const { upper, lower } = value
  if (!(upper instanceof SourceNumber) || !(lower instanceof SourceNumber)) return undefined
  return (BigInt(upper.source) * 2n ** 64n + BigInt(lower.source)).toString()
}

function castOf(node: SqlRecord, text: string, type: SqlRecord): SqlRecord {
  const place = { query_location: node.query_location ?? null }
  const child = makeRecord({
    class: 'CONSTANT',
    type: 'VALUE_CONSTANT',
    alias: '',
    ...place,
    value: makeRecord({ type: makeRecord({ id: 'VARCHAR', type_info: null }), is_null: false, value: text }),
  })
  return makeRecord({
    class: 'CAST',
    type: 'OPERATOR_CAST',
    alias: textOf(node, 'alias'),
    ...place,
    child,
    cast_type: type,
    try_cast: false,
  })
}
