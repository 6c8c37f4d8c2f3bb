import type { Mesh, Table } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import {
  type CedarSchema,
  type Circumstances,
  type EntityJson,
  entitiesOf,
  generatedPolicies,
  type MaskTransform,
  nothingKnown,
  type PolicyJson,
  type Row,
  type RowShape,
  type Subject,
  schemaOf,
} from '@selvage/kernel/policy'
import { allowing, type OfficialRequest, type Oracle, openOracle } from './official.ts'
import { policiesOn } from './policies-on.ts'
import { columnUid, entitiesNamed, entitiesOn, entityKey, type Requests, rowRequest, tableUid } from './replay-request.ts'

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
 * guardrails. A forbid that errs forbids, a masking guardrail that errs masks. Whole numbers must be safe. It is
 * prepared anew for each table that is asked about after another.
 */
export function replayIn(world: ReplayWorld): Replay {
  const from = requestsOf(world)
  const engineOf = forEachTable(table => openEngine(world.schema, policiesOn(from.world, world.policies, table)))
  return (subject, purpose, table, row, options = {}) => {
    const { columns = table.columns.map(column => column.name), labels = labelsOf(from, table), circumstances = nothingKnown } = options
    const { allowed, masksOf } = engineOf(table)
    const asking = { subject, purpose, circumstances }
    const cells = columns.map(column => {
      const request = rowRequest(from, asking, { table, row, labels, action: 'reveal', place: columnUid(table, column) })
      return [column, { revealed: allowed(request), masks: masksOf(request) }] as const
    })
    const read = rowRequest(from, asking, { table, row, labels, action: 'read', place: tableUid(table) })
    return { visible: allowed(read), cells: new Map(cells) }
  }
}

interface Engine {
  readonly allowed: (request: OfficialRequest) => boolean
  readonly masksOf: (request: OfficialRequest) => ReadonlySet<MaskTransform>
}

function openEngine(schema: CedarSchema, policies: readonly PolicyJson[]): Engine {
  const masking = new Map(
    policies.flatMap(policy => (policy.annotations.mask === undefined ? [] : [[policy.id, policy.annotations.mask as MaskTransform]])),
  )
  const plain = policies.filter(policy => !masking.has(policy.id))
  const masks = oracleOf(
    schema,
    policies.filter(policy => masking.has(policy.id)),
  )
  return {
    allowed: allowing(openOracle(schema, plain), plain),
    masksOf: request => {
      const { reasons, errors } = masks(request)
      return new Set([...reasons, ...errors].flatMap(id => masking.get(id) ?? []))
    },
  }
}

/** Without policies there is nothing to ask. */
const oracleOf = (schema: CedarSchema, policies: readonly PolicyJson[]): Oracle =>
  policies.length === 0 ? () => ({ decision: 'deny', reasons: [], errors: [] }) : openOracle(schema, policies, 'masks')

export function requestsOf({ entities, attributes, policies }: ReplayWorld): Requests {
  const named = policies.flatMap(({ est }) => entitiesNamed((est as { readonly conditions?: unknown }).conditions))
  return {
    world: new Map(entities.map(entity => [entityKey(entity.uid), entity])),
    named: [...new Map(named.map(uid => [entityKey(uid), uid])).values()],
    attributes,
  }
}

export const forEachTable = <T>(work: (table: ReplayTable) => T): ((table: ReplayTable) => T) => onceForEach(({ id }) => id, work)

/** Worked out once for each key. */
export function onceForEach<Q, T>(keyOf: (of: Q) => string, work: (of: Q) => T): (of: Q) => T {
  const known = new Map<string, T>()
  return of => {
    const key = keyOf(of)
    const found = known.get(key) ?? work(of)
    known.set(key, found)
    return found
  }
}

/** Of a table and all its columns. */
const labelsOf = ({ world }: Requests, table: ReplayTable): string[] =>
  entitiesOn(world, table).flatMap(({ uid }) => (uid.type === 'Mesh::Label' ? [uid.id] : []))
