import type { AttributeType, Mesh, Table } from '../contract/index.ts'
import { type CedarType, isSetType, rowAttributes, rowNamespace, rowType } from './row-type.ts'

/** A Cedar type as the JSON schema writes it. */
type SchemaType =
  | { readonly type: 'String' | 'Long' | 'Boolean' }
  | { readonly type: 'Set'; readonly element: SchemaType }
  | { readonly type: 'Entity'; readonly name: string }
  | { readonly type: 'Record'; readonly attributes: Readonly<Record<string, SchemaAttribute>> }
type SchemaAttribute = SchemaType & { readonly required: boolean }
interface EntityType {
  readonly memberOfTypes?: readonly string[]
  readonly shape?: { readonly type: 'Record'; readonly attributes: Readonly<Record<string, SchemaAttribute>> }
}
interface Namespace {
  readonly entityTypes: Readonly<Record<string, EntityType>>
  readonly actions: Readonly<Record<string, object>>
}
/** Cedar's JSON schema. */
export type CedarSchema = Readonly<Record<string, Namespace>>

const principals = ['Mesh::User', 'Mesh::Workload', 'Mesh::Agent']
const assets = ['Mesh::Product', 'Mesh::Table', 'Mesh::Column']
const cedarTypes = {
  String: { type: 'String' },
  Long: { type: 'Long' },
  Bool: { type: 'Boolean' },
  'Set<String>': { type: 'Set', element: { type: 'String' } },
  'Set<Long>': { type: 'Set', element: { type: 'Long' } },
} as const satisfies Record<CedarType, SchemaType>
const subjectTypes: Readonly<Record<AttributeType, SchemaType>> = {
  string: cedarTypes.String,
  integer: cedarTypes.Long,
  boolean: cedarTypes.Bool,
  strings: { type: 'Set', element: cedarTypes.String },
}

/**
 * The Cedar schema of a mesh, or of the part of it that a gate holds. Every attribute of rows and subjects is
 * optional, whatever contract or taxonomy say, so that the validator forces `has`; but for sets, which every row has.
 */
export function schemaOf(mesh: Mesh): CedarSchema {
  const tables = mesh.domains.flatMap(domain => domain.products.flatMap(product => product.tables))
  const out: Record<string, Namespace> = { Mesh: { entityTypes: meshTypes(mesh), actions: meshActions(tables.map(rowType)) } }
  for (const namespace of new Set(tables.map(rowNamespace))) {
    const own = tables.filter(table => rowNamespace(table) === namespace)
    out[namespace] = { entityTypes: Object.fromEntries(own.map(table => [table.name, rowEntity(table)])), actions: {} }
  }
  return out
}

function meshTypes(mesh: Mesh): Record<string, EntityType> {
  const subject: EntityType = {
    memberOfTypes: ['Mesh::Role', 'Mesh::Group'],
    shape: shapeOf(mesh.taxonomy.subjectAttributes, subjectTypes, () => false),
  }
  return {
    Domain: {},
    Product: { memberOfTypes: ['Mesh::Domain', 'Mesh::Label'] },
    Table: { memberOfTypes: ['Mesh::Product', 'Mesh::Label'] },
    Column: { memberOfTypes: ['Mesh::Table', 'Mesh::Label'] },
    Label: { memberOfTypes: ['Mesh::Label'] },
    Purpose: { memberOfTypes: ['Mesh::Purpose'] },
    Role: {},
    Group: {},
    User: subject,
    Workload: subject,
    Agent: subject,
  }
}

const required = (type: SchemaType): SchemaAttribute => ({ ...type, required: true })
const optional = (type: SchemaType): SchemaAttribute => ({ ...type, required: false })
const [flag, word] = [cedarTypes.Bool, cedarTypes.String]

/** `Circumstances`. */
const proof = required(word)
const degraded = required(cedarTypes['Set<String>'])
const device = optional({
  type: 'Record',
  attributes: {
    method: required(word),
    source: required(word),
    age_minutes: required(cedarTypes.Long),
    managed: optional(flag),
    encrypted: optional(flag),
    patched: optional(flag),
  },
})

function meshActions(rows: readonly string[]): Record<string, object> {
  const purpose: SchemaAttribute = { type: 'Entity', name: 'Mesh::Purpose', required: true }
  const labels: SchemaAttribute = { type: 'Set', element: { type: 'Entity', name: 'Mesh::Label' }, required: true }
  const statement: SchemaAttribute = { type: 'Record', attributes: { labels }, required: true }
  const context = { type: 'Record', attributes: { purpose, statement, proof, device, degraded } }
  const on = (resourceTypes: readonly string[]): object => ({ appliesTo: { principalTypes: principals, resourceTypes, context } })
  const use = { memberOf: [{ id: 'use' }], ...on(rows) }
  return {
    use: {},
    read: use,
    reveal: use,
    discover: on(assets),
    declare: on(['Mesh::Domain']),
    publish: on(assets),
    grant: on(assets),
    audit: on(assets),
    administer: on(assets),
  }
}

const rowEntity = (table: Table): EntityType => ({
  memberOfTypes: ['Mesh::Table', 'Mesh::Column'],
  shape: shapeOf(rowAttributes(table), cedarTypes, isSetType),
})

function shapeOf<T extends string>(
  types: ReadonlyMap<string, T>,
  schemaTypes: Readonly<Record<T, SchemaType>>,
  required: (type: T) => boolean,
): NonNullable<EntityType['shape']> {
  const attributes: Record<string, SchemaAttribute> = {}
  for (const [name, type] of types) {
    const schemaType: SchemaType = schemaTypes[type]
    attributes[name] = { ...schemaType, required: required(type) }
  }
  return { type: 'Record', attributes }
}
