import { SelvageError } from '../model/index.ts'
import { parseExtension } from './extension.ts'
import { asArray, asRecord, asText, isPlainText, parseUid } from './json.ts'
import { type Uid, uidKey } from './uid.ts'
import { type EntityValue, entityValue, setValue, type Value } from './value.ts'

/** An entity with everything that a policy can ask of it. */
export interface Entity extends EntityValue {
  readonly attributes: ReadonlyMap<string, Value>
  readonly tags: ReadonlyMap<string, Value>
  /** Keys of itself and of all above it. */
  readonly ancestors: ReadonlySet<string>
}

/** By key. Of what is not there nothing is known: it is without attributes, tags and parents. */
export type EntityStore = ReadonlyMap<string, Entity>

const nothing: ReadonlyMap<string, Value> = new Map()

export const missingEntity = (uid: Uid, key: string = uidKey(uid)): Entity => ({
  kind: 'entity',
  uid,
  key,
  attributes: nothing,
  tags: nothing,
  ancestors: new Set([key]),
})

const malformed = (what: string): SelvageError =>
  new SelvageError('policy.invalid', { detail: `Entities or a context are not well formed: ${what}.` })

/** Reads entities as Cedar's JSON has them. Throws `policy.invalid`; a cycle among parents is one. */
export function parseEntities(list: readonly unknown[]): EntityStore {
  const direct = new Map<string, { uid: Uid; parents: readonly string[]; attributes: unknown; tags: unknown }>()
  for (const item of list) {
    const { uid, attrs, parents, tags } = asRecord(item, 'an entity')
    const own = parseUid(uid)
    const key = uidKey(own)
    if (direct.has(key)) throw malformed(`${key} stands there twice`)
    direct.set(key, { uid: own, parents: asArray(parents ?? [], 'parents').map(one => uidKey(parseUid(one))), attributes: attrs, tags })
  }
  const ancestors = ancestorsOf(new Map([...direct].map(([key, { parents }]) => [key, parents])))
  return new Map(
    [...direct].map(([key, { uid, attributes, tags }]) => [
      key,
      {
        kind: 'entity',
        uid,
        key,
        attributes: parseFields(attributes ?? {}),
        tags: parseFields(tags ?? {}),
        ancestors: ancestors.get(key)!,
      },
    ]),
  )
}

/** Of each key: itself and all above it. Throws `policy.invalid` where something is above itself. */
export function ancestorsOf(parents: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...parents.keys()].map(key => [key, above(key, parents)]))
}

function above(start: string, parents: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set([start])
  // A set may grow while it is walked.
  for (const key of found)
    for (const parent of parents.get(key) ?? []) {
      if (parent === start) throw malformed(`${start} is above itself`)
      found.add(parent)
    }
  return found
}

const parseFields = (value: unknown): ReadonlyMap<string, Value> =>
  new Map(Object.entries(asRecord(value, 'attributes')).map(([name, field]) => [name, parseJsonValue(field)]))

const maxDepth = 64

/** A value as Cedar's JSON has it. Integers beyond ±2^53 are refused: JSON's readers do not keep them. */
export function parseJsonValue(value: unknown, depth = 0): Value {
  if (depth > maxDepth) throw malformed('too deep')
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') {
    if (!isPlainText(value)) throw malformed('a text with NUL or half a surrogate pair')
    return value
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw malformed('a number that is no whole one up to 2^53')
    return BigInt(value)
  }
  if (Array.isArray(value)) return setValue(value.map(item => parseJsonValue(item, depth + 1)))
  const record = asRecord(value, 'a value')
  if (Object.hasOwn(record, '__entity')) return entityValue(parseUid(record))
  if (Object.hasOwn(record, '__extn')) return parseExtensionValue(record.__extn)
  const fields = new Map<string, Value>()
  for (const name of Object.keys(record)) fields.set(name, parseJsonValue(record[name], depth + 1))
  return { kind: 'record', fields }
}

function parseExtensionValue(value: unknown): Value {
  const { fn, arg } = asRecord(value, 'an extension value')
  const parsed = parseExtension(asText(fn, 'an extension function'), asText(arg, 'an argument'))
  if (parsed === undefined) throw malformed('an extension value')
  return parsed
}
