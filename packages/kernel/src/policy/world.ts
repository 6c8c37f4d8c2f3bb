import { type Entity, type EntityStore, entityValue, isPlainText, setValue, type Uid, uidKey, type Value } from '../cedar/index.ts'
import type { Mesh, Table } from '../contract/index.ts'
import type { Name, ProductId, TableId } from '../model/index.ts'
import { type Circumstances, nothingKnown } from './circumstances.ts'
import type { Asker, AttributeValue, Subject } from './decision.ts'
import { columnId, entitiesOf } from './entities.ts'
import { meshUid } from './mesh-uid.ts'
import { type Action, actions } from './policy.ts'
import { type CedarType, rowAttributes, rowType } from './row-type.ts'

/** What a policy is asked about: an entity of the mesh, or any row (or cell) of a table. */
export type Resource =
  | { readonly kind: 'entity'; readonly uid: Uid; readonly ancestors: ReadonlySet<string> }
  | {
      readonly kind: 'row'
      readonly type: string
      readonly ancestors: ReadonlySet<string>
      readonly attributes: ReadonlyMap<string, CedarType>
    }
export type RowResource = Extract<Resource, { readonly kind: 'row' }>

export interface TablePlace {
  readonly domain: Name
  readonly product: ProductId
  readonly table: Table
  /** The product, the table and the columns themselves, as `discover` asks for them. */
  readonly asProduct: Resource
  readonly asTable: Resource
  readonly asColumns: ReadonlyMap<Name, Resource>
  /** A row, for `read`: in its table. */
  readonly row: RowResource
  /** A cell, for `reveal`: the same row, in its column. */
  readonly cells: ReadonlyMap<Name, RowResource>
}

/** The entities of a mesh, ready to be asked. Ancestor sets hold keys of uids, the entity's own too. */
export interface World {
  readonly mesh: Mesh
  readonly tables: ReadonlyMap<TableId, TablePlace>
  /** The domains themselves, as `declare` asks for them. */
  readonly domains: ReadonlyMap<Name, Resource>
  readonly products: ReadonlyMap<ProductId, { readonly domain: Name; readonly tables: readonly TableId[] }>
  readonly ancestors: ReadonlyMap<string, ReadonlySet<string>>
  readonly purposes: ReadonlyMap<string, Entity>
  /** Names of labels, by key. */
  readonly labels: ReadonlyMap<string, string>
  /** The same entities, as Cedar's closures ask for them. */
  readonly entities: EntityStore
}

export function worldOf(mesh: Mesh): World {
  const ancestors = closure(mesh)
  const tables = new Map<TableId, TablePlace>()
  const domains = new Map<Name, Resource>()
  const products = new Map<ProductId, { domain: Name; tables: TableId[] }>()
  for (const domain of mesh.domains) {
    domains.set(domain.name, entityIn(ancestors, meshUid('Domain', domain.name)))
    for (const product of domain.products) {
      products.set(product.id, { domain: domain.name, tables: product.tables.map(table => table.id) })
      for (const table of product.tables) tables.set(table.id, placeOf(domain.name, product.id, table, ancestors))
    }
  }
  const entities = storeOf(mesh, ancestors)
  const purposes = new Map([...mesh.taxonomy.purposes.keys()].map(name => [name, entities.get(uidKey(meshUid('Purpose', name)))!]))
  const labels = new Map(entitiesOf(mesh).flatMap(({ uid }) => (uid.type === 'Mesh::Label' ? [[uidKey(uid), uid.id] as const] : [])))
  return { mesh, tables, domains, products, ancestors, purposes, labels, entities }
}

const use = uidKey(meshUid('Action', 'use'))
/** Keys of each action and what is above it: reading and revealing is use. */
export const actionAncestors: ReadonlyMap<Action | 'use', ReadonlySet<string>> = new Map([
  ['use', new Set([use])],
  ...actions.map(id => {
    const own = uidKey(meshUid('Action', id))
    return [id, new Set(id === 'read' || id === 'reveal' ? [own, use] : [own])] as const
  }),
])

const nothing: ReadonlyMap<string, Value> = new Map()

function storeOf(mesh: Mesh, ancestors: World['ancestors']): EntityStore {
  const entity = (uid: Uid, above: ReadonlySet<string>) =>
    [uidKey(uid), { ...entityValue(uid), attributes: nothing, tags: nothing, ancestors: above }] as const
  return new Map([
    ...entitiesOf(mesh).map(({ uid }) => entity(uid, ancestors.get(uidKey(uid)) ?? new Set([uidKey(uid)]))),
    ...[...actionAncestors].map(([id, above]) => entity(meshUid('Action', id), above)),
  ])
}

function placeOf(domain: Name, product: ProductId, table: Table, ancestors: World['ancestors']): TablePlace {
  const row = { kind: 'row', type: rowType(table), attributes: rowAttributes(table) } as const
  const asTable = entityIn(ancestors, meshUid('Table', table.id))
  const asColumns = new Map(table.columns.map(({ name }) => [name, entityIn(ancestors, meshUid('Column', columnId(table, name)))]))
  return {
    domain,
    product,
    table,
    asProduct: entityIn(ancestors, meshUid('Product', product)),
    asTable,
    asColumns,
    row: { ...row, ancestors: asTable.ancestors },
    cells: new Map([...asColumns].map(([name, column]) => [name, { ...row, ancestors: column.ancestors }])),
  }
}

function entityIn(ancestors: World['ancestors'], uid: Uid): Resource {
  const key = uidKey(uid)
  return { kind: 'entity', uid, ancestors: ancestors.get(key) ?? new Set([key]) }
}

/** Every entity's ancestors and itself. A cycle (refused where the tree is read) ends the walk. */
function closure(mesh: Mesh): ReadonlyMap<string, ReadonlySet<string>> {
  const parents = new Map<string, string[]>()
  for (const { uid, parents: direct } of entitiesOf(mesh)) {
    const key = uidKey(uid)
    parents.set(key, [...(parents.get(key) ?? []), ...direct.map(uidKey)])
  }
  return new Map([...parents.keys()].map(key => [key, reachable(key, parents)]))
}

function reachable(start: string, parents: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const seen = new Set([start])
  // A set may grow while it is walked.
  for (const key of seen) for (const parent of parents.get(key) ?? []) seen.add(parent)
  return seen
}

export const entityResource = (world: World, uid: Uid): Resource => entityIn(world.ancestors, uid)

export const ancestorsOf = (world: World, uid: Uid): ReadonlySet<string> => world.ancestors.get(uidKey(uid)) ?? new Set([uidKey(uid)])

/** One who asks, as an entity. */
export interface Principal extends Entity {
  /** Attributes whose value is not of their type: neither there nor missing, so to touch one errs. */
  readonly broken: ReadonlySet<string>
  /** In which they ask: in others, they are another principal. */
  readonly circumstances: Circumstances
}

type InCircumstances = WeakMap<Circumstances, Principal>
const principals = new WeakMap<World, WeakMap<Subject, InCircumstances>>()

/** Neither subjects nor circumstances ever change, so neither do they as entities. */
function principalOf(world: World, subject: Subject, circumstances: Circumstances): Principal {
  const ofWorld = principals.get(world) ?? new WeakMap<Subject, InCircumstances>()
  const ofSubject = ofWorld.get(subject) ?? new WeakMap<Circumstances, Principal>()
  const known = ofSubject.get(circumstances)
  if (known !== undefined) return known
  const principal = toPrincipal(world, subject, circumstances)
  principals.set(world, ofWorld.set(subject, ofSubject.set(circumstances, principal)))
  return principal
}

function toPrincipal(world: World, subject: Subject, circumstances: Circumstances): Principal {
  const uid = meshUid(subject.kind, subject.id)
  const parents = [...subject.roles.map(role => meshUid('Role', role)), ...subject.groups.map(group => meshUid('Group', group))]
  const attributes = new Map<string, Value>()
  const broken = new Set<string>()
  for (const [name, type] of world.mesh.taxonomy.subjectAttributes) {
    if (!Object.hasOwn(subject.attributes, name)) continue
    const value = subject.attributes[name]
    if (value !== undefined && hasType(value, type)) attributes.set(name, cedarValue(value))
    else broken.add(name)
  }
  return { ...entityValue(uid), ancestors: new Set([uid, ...parents].map(uidKey)), attributes, tags: nothing, broken, circumstances }
}

function cedarValue(value: AttributeValue): Value {
  if (typeof value === 'number') return BigInt(value)
  return typeof value === 'object' ? setValue(value) : value
}

function hasType(value: AttributeValue, type: string): boolean {
  if (type === 'string') return typeof value === 'string' && isPlainText(value)
  if (type === 'integer') return typeof value === 'number' && Number.isSafeInteger(value)
  if (type === 'boolean') return typeof value === 'boolean'
  return Array.isArray(value) && value.every(item => typeof item === 'string' && isPlainText(item))
}

/** The chain of those who ask: the person first, then the agents. Undefined: an agent with nobody behind it. */
export function findChain(world: World, who: Omit<Asker, 'purpose'>): readonly Principal[] | undefined {
  const { subject, actors, circumstances = nothingKnown } = who
  return subject.kind === 'Agent' ? undefined : [subject, ...actors].map(one => principalOf(world, one, circumstances))
}
