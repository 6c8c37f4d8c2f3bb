import { SelvageError } from '@selvage/kernel/model'
import {
  type Circumstances,
  circumstancesJson,
  type EntityJson,
  isSetType,
  type Literal,
  type Row,
  rowAttributes,
  rowType,
  type Subject,
} from '@selvage/kernel/policy'
import type { OfficialRequest, OfficialUid } from './official.ts'
import type { ReplayTable } from './replay.ts'

export const entityKey = (uid: OfficialUid): string => `${uid.type}::"${uid.id}"`

/** The entities of a mesh by key. */
export type Entities = ReadonlyMap<string, EntityJson>

/** Who asks, and in which circumstances. */
export interface Asking {
  readonly subject: Subject
  readonly purpose: string
  readonly circumstances: Circumstances
}

/** A row, for `read` in its table and for `reveal` in a column. */
export interface AskedRow {
  readonly table: ReplayTable
  readonly row: Row
  readonly labels: readonly string[]
  readonly action: 'read' | 'reveal'
  /** The table, or the column. */
  readonly place: OfficialUid
}

/** What requests are made of, beside what is asked. */
export interface Requests {
  readonly world: Entities
  /** Of the mesh, that policies name in their conditions: with all above them they are part of what is asked. */
  readonly named: readonly OfficialUid[]
  /** Of subjects. */
  readonly attributes: readonly string[]
}

export function rowRequest(from: Requests, asking: Asking, { table, row, labels, action, place }: AskedRow): OfficialRequest {
  const resource = { type: rowType(table), id: 'row' }
  const entity = { uid: resource, attrs: rowAttrs(table, row), parents: [place] }
  return requestOf(from, asking, { action, resource, labels, entities: [entity, ...entitiesAbove(from.world, [place])] })
}

/** What is known of a product, table or column hangs on no statement: it touches what is asked about. */
export const knownRequest = (from: Requests, asking: Asking, asset: OfficialUid): OfficialRequest =>
  assetRequest(from, asking, 'discover', asset)

/** Nor does what one may declare. */
export const declareRequest = (from: Requests, asking: Asking, domain: OfficialUid): OfficialRequest =>
  assetRequest(from, asking, 'declare', domain)

function assetRequest(from: Requests, asking: Asking, action: 'discover' | 'declare', asset: OfficialUid): OfficialRequest {
  const entities = entitiesAbove(from.world, [asset])
  const labels = entities.flatMap(({ uid }) => (uid.type === 'Mesh::Label' ? [uid.id] : []))
  return requestOf(from, asking, { action, resource: asset, labels, entities })
}

interface Resource {
  readonly action: string
  readonly resource: OfficialUid
  readonly labels: readonly string[]
  /** The resource and all above it. */
  readonly entities: readonly EntityJson[]
}

function requestOf(from: Requests, { subject, purpose: id, circumstances }: Asking, asked: Resource): OfficialRequest {
  const principal = { type: `Mesh::${subject.kind}`, id: subject.id }
  const purpose = { type: 'Mesh::Purpose', id }
  const labels = asked.labels.map(label => ({ __entity: { type: 'Mesh::Label', id: label } }))
  const context = { purpose: { __entity: purpose }, statement: { labels }, ...circumstancesJson(circumstances) }
  const mesh = [...asked.entities, ...entitiesAbove(from.world, [purpose, ...from.named])]
  const entities = [subjectEntity(from.attributes, subject, principal), ...new Map(mesh.map(one => [entityKey(one.uid), one])).values()]
  return { principal, resource: asked.resource, action: { type: 'Mesh::Action', id: asked.action }, context, entities }
}

function subjectEntity(attributes: readonly string[], subject: Subject, uid: OfficialUid): EntityJson {
  const declared = Object.entries(subject.attributes).filter(([name]) => attributes.includes(name))
  const roles = subject.roles.map(id => ({ type: 'Mesh::Role', id }))
  const groups = subject.groups.map(id => ({ type: 'Mesh::Group', id }))
  return { uid, attrs: Object.fromEntries(declared), parents: [...roles, ...groups] }
}

/** Entities that stand in policies, as Cedar's JSON has them, wherever. */
export function entitiesNamed(value: unknown): readonly OfficialUid[] {
  if (typeof value !== 'object' || value === null) return []
  const { type, id } = value as Partial<OfficialUid>
  if (typeof type === 'string' && typeof id === 'string') return [{ type, id }]
  return Object.values(value).flatMap(entitiesNamed)
}

type PlainValue = string | number | boolean

function rowAttrs(table: ReplayTable, row: Row): Record<string, PlainValue | readonly PlainValue[]> {
  const out: Record<string, PlainValue | readonly PlainValue[]> = {}
  for (const [name, type] of rowAttributes(table)) {
    const value = row[name] ?? null
    if (isSetType(type)) out[name] = typeof value === 'object' && value !== null ? value.map(plain) : []
    else if (value !== null && typeof value !== 'object') out[name] = plain(value)
  }
  return out
}

const plain = (value: Literal): PlainValue => (typeof value === 'bigint' ? safe(value) : value)

/** The engine would take a larger one for another. */
function safe(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new SelvageError('policy.invalid', { detail: 'A number is too large to be replayed.' })
  return number
}

export const tableUid = (table: ReplayTable): OfficialUid => ({ type: 'Mesh::Table', id: table.id })
export const columnUid = (table: ReplayTable, name: string): OfficialUid => ({ type: 'Mesh::Column', id: `${table.id}.${name}` })

/** A table, all its columns, and all above them. */
export const entitiesOn = (world: Entities, table: ReplayTable): EntityJson[] =>
  entitiesAbove(world, [tableUid(table), ...table.columns.map(({ name }) => columnUid(table, name))])

/** The entities named and all above them. */
export function entitiesAbove(world: Entities, start: readonly OfficialUid[]): EntityJson[] {
  const seen = new Set(start.map(entityKey))
  // A set may grow while it is walked.
  for (const uid of seen) for (const parent of world.get(uid)?.parents ?? []) seen.add(entityKey(parent))
  return [...seen].flatMap(uid => world.get(uid) ?? [])
}
