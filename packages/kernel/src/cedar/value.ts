import { type Uid, uidKey } from './uid.ts'

/** A value of Cedar. Integers are 64 bits, exact. */
export type Value = boolean | bigint | string | EntityValue | SetValue | RecordValue | Extension

export interface EntityValue {
  readonly kind: 'entity'
  readonly uid: Uid
  readonly key: string
}
export interface SetValue {
  readonly kind: 'set'
  /** By `valueKey`: equal values once. */
  readonly items: ReadonlyMap<string, Value>
}
export interface RecordValue {
  readonly kind: 'record'
  readonly fields: ReadonlyMap<string, Value>
}

/** Cedar's extension types, each with the one form that its equality compares. */
export type Extension =
  /** Ten-thousandths. */
  | { readonly kind: 'decimal'; readonly value: bigint }
  /** `bits`: 32 or 128; `prefix`: how many of them are meant. */
  | { readonly kind: 'ipaddr'; readonly bits: 32 | 128; readonly address: bigint; readonly prefix: number }
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  | { readonly kind: 'datetime'; readonly value: bigint }
  /** Milliseconds. */
  | { readonly kind: 'duration'; readonly value: bigint }

export const entityValue = (uid: Uid): EntityValue => ({ kind: 'entity', uid, key: uidKey(uid) })
export const setValue = (items: Iterable<Value>): SetValue => {
  const map = new Map<string, Value>()
  for (const item of items) map.set(valueKey(item), item)
  return { kind: 'set', items: map }
}
export const recordValue = (fields: Iterable<readonly [string, Value]>): RecordValue => ({ kind: 'record', fields: new Map(fields) })

/** Equal values, and no others, have equal keys. */
export function valueKey(value: Value): string {
  if (typeof value === 'string') return `s${value.length}:${value}`
  if (typeof value !== 'object') return `${typeof value === 'bigint' ? 'n' : 'b'}${value}`
  switch (value.kind) {
    case 'entity':
      return `e${value.key.length}:${value.key}`
    case 'set':
      return `[${[...value.items.keys()].sort().join(',')}]`
    case 'record':
      return `{${[...value.fields]
        .map(([name, field]) => `${name.length}:${name}=${valueKey(field)}`)
        .sort()
        .join(',')}}`
    case 'ipaddr':
      return `i${value.bits}:${value.address}/${value.prefix}`
    default:
      return `${value.kind}${value.value}`
  }
}

/** Cedar's `==`: structural, false between types. */
export function equalValues(a: Value, b: Value): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  if (a.kind === 'entity' && b.kind === 'entity') return a.key === b.key
  return a.kind === b.kind && valueKey(a) === valueKey(b)
}

/** No object is equal to one of these, and a map finds them as `==` does. */
export type Primitive = string | bigint | boolean

const minLong = -(2n ** 63n)
const maxLong = 2n ** 63n - 1n
export const isLong = (value: bigint): boolean => value >= minLong && value <= maxLong
