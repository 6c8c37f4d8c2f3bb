import type { Mesh, Table } from '@selvage/kernel/contract'
import { type Name, SelvageError } from '@selvage/kernel/model'
import {
  type CedarSchema,
  type Circumstances,
  circumstancesJson,
  type EntityJson,
  entitiesOf,
  generatedPolicies,
  isSetType,
  type Literal,
  type MaskTransform,
  nothingKnown,
  type PolicyJson,
  type Row,
  type RowShape,
  rowAttributes,
  rowType,
  type Subject,
  schemaOf,
} from '@selvage/kernel/policy'
import { type OfficialRequest, type OfficialUid, openOracle } from './official.ts'

/** What one subject gets of one row, as the official engine has it. */
export interface OfficialRow {
  readonly visible: boolean
  readonly cells: ReadonlyMap<Name, { readonly revealed: boolean; readonly masks: ReadonlySet<MaskTransform> }>
}

/** What is asked of a table: its name, and what its rows are made of. */
export type ReplayTable = Pick<Table, 'id' | 'name'> & RowShape

/** No more of the table than that. */
export const replayTable = ({ id, name, columns, sets = [] }: ReplayTable): ReplayTable => ({
  id,
  name,
  columns: columns.map(column => ({ name: column.name, type: column.type })),
  sets: sets.map(set => ({ name: set.name, element: set.element })),
})

export interface ReplayOptions {
  /** Whose cells are decided; all columns' if it is not given. */
  readonly columns?: readonly Name[]
  /** Labels of all that the statement touches; if not given, of the table and all its columns. */
  readonly labels?: readonly string[] | undefined
  /** Absent: nothing is known of them. */
  readonly circumstances?: Circumstances | undefined
}

export type Replay = (subject: Subject, purpose: string, table: ReplayTable, row: Row, options?: ReplayOptions) => OfficialRow

/** All that the official engine has to know to decide rows; JSON. */
export interface ReplayWorld {
  readonly schema: CedarSchema
  readonly entities: readonly EntityJson[]
  /** The generated ones among them. */
  readonly policies: readonly PolicyJson[]
  /** Of subjects. */
  readonly attributes: readonly string[]
}

export const replayWorld = (mesh: Mesh, policies: readonly PolicyJson[]): ReplayWorld => ({
  schema: schemaOf(mesh),
  entities: entitiesOf(mesh),
  policies: [...generatedPolicies(mesh), ...policies],
  attributes: [...mesh.taxonomy.subjectAttributes.keys()],
})

export const openReplay = (mesh: Mesh, policies: readonly PolicyJson[]): Replay => replayIn(replayWorld(mesh, policies))

/**
 * Decides single rows on the official engine: one question to H for each action and cell, one to the masking
 * guardrails. A forbid that errs forbids, a masking guardrail that errs masks. Whole numbers must be safe.
 */
export function replayIn({ schema, entities, policies, attributes }: ReplayWorld): Replay {
  const masking = new Map(
    policies.flatMap(policy => (policy.annotations.mask === undefined ? [] : [[policy.id, policy.annotations.mask as MaskTransform]])),
  )
  const plain = policies.filter(policy => !masking.has(policy.id))
  const forbids = new Set(plain.filter(policy => policy.effect === 'forbid').map(policy => policy.id))
  const h = openOracle(schema, plain)
  const masks = openOracle(
    schema,
    policies.filter(policy => masking.has(policy.id)),
    'masks',
  )
  const world = new Map(entities.map(entity => [key(entity.uid), entity]))
  const allowed = (request: OfficialRequest): boolean => {
    const { decision, errors } = h(request)
    return decision === 'allow' && !errors.some(id => forbids.has(id))
  }
  return (subject, purpose, table, row, options = {}) => {
    const { columns = table.columns.map(column => column.name), labels = labelsOf(world, table), circumstances = nothingKnown } = options
    const ask = (action: string, place: OfficialUid): OfficialRequest =>
      requestOf(attributes, world, { subject, purpose, table, row, labels, circumstances, action, place })
    const cells = columns.map(column => {
      const request = ask('reveal', { type: 'Mesh::Column', id: `${table.id}.${column}` })
      const { reasons, errors } = masks(request)
      const matched = new Set([...reasons, ...errors].flatMap(id => masking.get(id) ?? []))
      return [column, { revealed: allowed(request), masks: matched }] as const
    })
    return { visible: allowed(ask('read', { type: 'Mesh::Table', id: table.id })), cells: new Map(cells) }
  }
}

interface Asked {
  readonly subject: Subject
  readonly purpose: string
  readonly table: ReplayTable
  readonly row: Row
  readonly labels: readonly string[]
  readonly circumstances: Circumstances
  readonly action: string
  /** The table, or the column. */
  readonly place: OfficialUid
}

const key = (uid: OfficialUid): string => `${uid.type}::"${uid.id}"`

function requestOf(attributes: readonly string[], world: ReadonlyMap<string, EntityJson>, asked: Asked): OfficialRequest {
  const principal = { type: `Mesh::${asked.subject.kind}`, id: asked.subject.id }
  const resource = { type: rowType(asked.table), id: 'row' }
  const purpose = { type: 'Mesh::Purpose', id: asked.purpose }
  const own = [
    subjectEntity(attributes, asked.subject, principal),
    { uid: resource, attrs: rowAttrs(asked.table, asked.row), parents: [asked.place] },
  ]
  const entities = [...own, ...closure(world, [asked.place, purpose])]
  const labels = asked.labels.map(id => ({ __entity: { type: 'Mesh::Label', id } }))
  const context = { purpose: { __entity: purpose }, statement: { labels }, ...circumstancesJson(asked.circumstances) }
  return { principal, resource, action: { type: 'Mesh::Action', id: asked.action }, context, entities }
}

function subjectEntity(attributes: readonly string[], subject: Subject, uid: OfficialUid): EntityJson {
  const declared = Object.entries(subject.attributes).filter(([name]) => attributes.includes(name))
  const roles = subject.roles.map(id => ({ type: 'Mesh::Role', id }))
  const groups = subject.groups.map(id => ({ type: 'Mesh::Group', id }))
  return { uid, attrs: Object.fromEntries(declared), parents: [...roles, ...groups] }
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

/** Of a table and all its columns. */
function labelsOf(world: ReadonlyMap<string, EntityJson>, table: ReplayTable): string[] {
  const columns = table.columns.map(column => ({ type: 'Mesh::Column', id: `${table.id}.${column.name}` }))
  const above = closure(world, [{ type: 'Mesh::Table', id: table.id }, ...columns])
  return above.flatMap(({ uid }) => (uid.type === 'Mesh::Label' ? [uid.id] : []))
}

/** The entities named and all above them. */
function closure(world: ReadonlyMap<string, EntityJson>, start: readonly OfficialUid[]): EntityJson[] {
  const seen = new Set(start.map(key))
  // A set may grow while it is walked.
  for (const uid of seen) for (const parent of world.get(uid)?.parents ?? []) seen.add(key(parent))
  return [...seen].flatMap(uid => world.get(uid) ?? [])
}
