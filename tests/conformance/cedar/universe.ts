import type { EntityJson, Random, Uid } from './types.ts'

/** Types of attributes that generated schemas use; `set` and `record` hold further ones. */
export type Type =
  | { readonly of: 'bool' | 'long' | 'string' | 'decimal' | 'ipaddr' | 'datetime' | 'duration' }
  | { readonly of: 'entity'; readonly name: string }
  | { readonly of: 'set'; readonly element: Type }
  | { readonly of: 'record'; readonly fields: Readonly<Record<string, Field>> }
export interface Field {
  readonly type: Type
  readonly required: boolean
}

export interface EntityShape {
  readonly parents: readonly string[]
  readonly attributes: Readonly<Record<string, Field>>
  readonly tags: Type | undefined
}

/** A generated world: entity types with attributes, actions in a hierarchy, entities that fit. */
export interface Universe {
  readonly types: ReadonlyMap<string, EntityShape>
  readonly context: Readonly<Record<string, Field>>
  readonly actions: readonly Uid[]
  readonly entities: readonly EntityJson[]
  readonly schema: object
}

const typeNames = ['App::User', 'App::Team', 'App::Doc', 'App::Folder']
const attributeNames = ['a', 'b', 'c', 'd', 'e', 'f', 'with space', 'quote"d', 'é']
const actionTree: Readonly<Record<string, readonly string[]>> = {
  view: ['readers'],
  edit: ['writers'],
  share: ['readers', 'writers'],
  readers: ['all'],
  writers: ['all'],
  all: [],
}
export const askedActions = ['view', 'edit', 'share']

const scalarTypes = ['bool', 'long', 'string', 'decimal', 'ipaddr', 'datetime', 'duration'] as const

function generateType(random: Random, depth: number): Type {
  const kind = random.below(depth > 0 ? 10 : 8)
  if (kind < 7) return { of: scalarTypes[kind]! }
  if (kind === 7) return { of: 'entity', name: random.pick(typeNames) }
  if (kind === 8) return { of: 'set', element: generateType(random, depth - 1) }
  return { of: 'record', fields: generateFields(random, depth - 1, 2) }
}

const generateFields = (random: Random, depth: number, count: number): Record<string, Field> =>
  Object.fromEntries(
    random.some(attributeNames, count).map(name => [name, { type: generateType(random, depth), required: random.chance(0.4) }]),
  )

export function generateUniverse(random: Random): Universe {
  const types = new Map(
    typeNames.map((name, at): [string, EntityShape] => [
      name,
      {
        // A type may be below itself: entities are in the order of their parents.
        parents: typeNames.filter((_, other) => other >= at && random.chance(0.5)),
        attributes: generateFields(random, 2, 5),
        tags: random.chance(0.5) ? generateType(random, 1) : undefined,
      },
    ]),
  )
  const context = generateFields(random, 2, 4)
  const actions = Object.keys(actionTree).map(id => ({ type: 'App::Action', id }))
  const entities = generateEntities(random, types)
  return { types, context, actions, entities, schema: schemaOf(types, context) }
}

const ids = ['1', '2', '3', 'x"y', '']

function generateEntities(random: Random, types: Universe['types']): EntityJson[] {
  const all = [...types.keys()].flatMap(type => ids.slice(0, 3).map(id => ({ type, id })))
  const own = all
    .filter(() => random.chance(0.9))
    .map((uid): EntityJson => {
      const shape = types.get(uid.type)!
      const above = all.slice(all.indexOf(uid) + 1)
      return {
        uid,
        attrs: generateRecord(random, shape.attributes, types),
        parents: above.filter(one => shape.parents.includes(one.type) && random.chance(0.3)),
        ...(shape.tags === undefined
          ? {}
          : { tags: Object.fromEntries(random.some(['t', 'u', ''], 2).map(name => [name, generateValue(random, shape.tags!, types)])) }),
      }
    })
  const actions = Object.entries(actionTree).map(
    ([id, parents]): EntityJson => ({
      uid: { type: 'App::Action', id },
      attrs: {},
      parents: parents.map(parent => ({ type: 'App::Action', id: parent })),
    }),
  )
  return [...own, ...actions]
}

export function generateRecord(random: Random, fields: Readonly<Record<string, Field>>, types: Universe['types']): Record<string, unknown> {
  const present = Object.entries(fields).filter(([, { required }]) => required || random.chance(0.6))
  return Object.fromEntries(present.map(([name, { type }]) => [name, generateValue(random, type, types)]))
}

/** Values close to each other and to the borders of their types, so that comparisons fall either way. */
const texts: Readonly<Record<'string' | 'decimal' | 'ipaddr' | 'datetime' | 'duration', readonly string[]>> = {
  string: ['', 'a', 'ab', 'a*b', 'é%_', '𝒳y', 'A'],
  decimal: ['0.0', '-0.5', '1.25', '1.2500', '922337203685477.5807', '-922337203685477.5808', '12.3456'],
  ipaddr: [
    '127.0.0.1',
    '10.0.0.0/8',
    '10.1.2.3',
    '0.0.0.0/0',
    '::1',
    '::/0',
    'ff02::1',
    'fe80::1/64',
    '224.0.0.1',
    '127.0.0.0/7',
    '255.255.255.255/32',
  ],
  datetime: [
    '1970-01-01',
    '2024-02-29',
    '2024-02-29T23:59:59Z',
    '2024-02-29T23:59:59.123Z',
    '2024-02-29T23:59:59+0130',
    '1969-12-31T23:59:59.999Z',
    '0000-01-01',
  ],
  duration: ['0ms', '1d', '-1d2h3m4s5ms', '90m', '1ms', '9223372036854775807ms', '-9223372036854775808ms'],
}
export const longs = [0, 1, 1, -1, 2, 90, 9_007_199_254_740_991, -9_007_199_254_740_991]
export const textsOf = (kind: keyof typeof texts): readonly string[] => texts[kind]
export const constructorOf = (kind: 'decimal' | 'ipaddr' | 'datetime' | 'duration'): string => (kind === 'ipaddr' ? 'ip' : kind)

export function generateValue(random: Random, type: Type, types: Universe['types']): unknown {
  switch (type.of) {
    case 'bool':
      return random.chance(0.5)
    case 'long':
      return random.pick(longs)
    case 'string':
      return random.pick(texts.string)
    case 'entity':
      return { __entity: generateUid(random, type.name) }
    case 'set':
      return Array.from({ length: random.below(4) }, () => generateValue(random, type.element, types))
    case 'record':
      return generateRecord(random, type.fields, types)
    default:
      return { __extn: { fn: constructorOf(type.of), arg: random.pick(texts[type.of]) } }
  }
}

export const generateUid = (random: Random, type: string): Uid => ({ type, id: random.pick(ids) })

const schemaType = (type: Type): object => {
  if (type.of === 'entity') return { type: 'Entity', name: type.name }
  if (type.of === 'set') return { type: 'Set', element: schemaType(type.element) }
  if (type.of === 'record') return { type: 'Record', attributes: schemaFields(type.fields) }
  if (type.of === 'bool' || type.of === 'long' || type.of === 'string')
    return { type: { bool: 'Boolean', long: 'Long', string: 'String' }[type.of] }
  return { type: 'Extension', name: type.of }
}
const schemaFields = (fields: Readonly<Record<string, Field>>): object =>
  Object.fromEntries(Object.entries(fields).map(([name, { type, required }]) => [name, { ...schemaType(type), required }]))

function schemaOf(types: Universe['types'], context: Universe['context']): object {
  const local = (name: string): string => name.slice('App::'.length)
  const appliesTo = {
    principalTypes: ['App::User', 'App::Team'],
    resourceTypes: ['App::Doc', 'App::Folder'],
    context: { type: 'Record', attributes: schemaFields(context) },
  }
  return {
    App: {
      entityTypes: Object.fromEntries(
        [...types].map(([name, { parents, attributes, tags }]) => [
          local(name),
          {
            memberOfTypes: parents,
            shape: { type: 'Record', attributes: schemaFields(attributes) },
            ...(tags === undefined ? {} : { tags: schemaType(tags) }),
          },
        ]),
      ),
      actions: Object.fromEntries(
        Object.entries(actionTree).map(([id, parents]) => [
          id,
          { memberOf: parents.map(parent => ({ id: parent })), ...(askedActions.includes(id) ? { appliesTo } : {}) },
        ]),
      ),
    },
  }
}
