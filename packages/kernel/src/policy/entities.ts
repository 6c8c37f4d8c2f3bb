import type { Uid } from '../cedar/index.ts'
import type { Column, Domain, Mesh, Product, Table } from '../contract/index.ts'
import { meshUid } from './mesh-uid.ts'

/** An entity as Cedar's JSON has it. */
export interface EntityJson {
  readonly uid: Uid
  readonly attrs: Readonly<Record<string, unknown>>
  readonly parents: readonly Uid[]
}

/** The built-in label of columns that no classification label classifies. */
export const unclassified = 'unclassified'

/** What a product and all that descends from it carries. */
export const originLabel = (product: Product): string => `origin/${product.domain}/${product.name}`

const entity = (uid: Uid, parents: readonly Uid[]): EntityJson => ({ uid, attrs: {}, parents })
const labels = (names: readonly string[]): Uid[] => names.map(name => meshUid('Label', name))

/** All entities of a mesh but its subjects and rows: domains, products, tables, columns, labels, purposes. */
export function entitiesOf(mesh: Mesh): EntityJson[] {
  return [
    ...[...mesh.taxonomy.labels.values()].map(label => entity(meshUid('Label', label.name), labels(label.parents))),
    ...(mesh.taxonomy.labels.has(unclassified) ? [] : [entity(meshUid('Label', unclassified), [])]),
    ...mesh.domains.flatMap(domain => domain.products.map(product => entity(meshUid('Label', originLabel(product)), []))),
    ...[...mesh.taxonomy.purposes.values()].map(purpose =>
      entity(
        meshUid('Purpose', purpose.name),
        purpose.parents.map(parent => meshUid('Purpose', parent)),
      ),
    ),
    ...mesh.domains.flatMap(domain => domainEntities(mesh, domain)),
  ]
}

function domainEntities(mesh: Mesh, domain: Domain): EntityJson[] {
  const own = meshUid('Domain', domain.name)
  return [entity(own, []), ...domain.products.flatMap(product => productEntities(mesh, own, product))]
}

function productEntities(mesh: Mesh, domain: Uid, product: Product): EntityJson[] {
  const own = meshUid('Product', product.id)
  return [
    entity(own, [domain, ...labels([...product.labels, originLabel(product)])]),
    ...product.tables.flatMap(table => tableEntities(mesh, own, table)),
  ]
}

function tableEntities(mesh: Mesh, product: Uid, table: Table): EntityJson[] {
  const own = meshUid('Table', table.id)
  const columns = table.columns.map(column =>
    entity(meshUid('Column', columnId(table, column.name)), [own, ...labels(columnLabels(mesh, column))]),
  )
  return [entity(own, [product, ...labels(table.labels)]), ...columns]
}

/** `domain.product.table.column` */
export const columnId = (table: Table, column: string): string => `${table.id}.${column}`

/** Own labels and the classification; a word that the taxonomy does not know as a classification is none. */
function columnLabels(mesh: Mesh, column: Column): string[] {
  const { classification } = column
  const known = classification !== undefined && mesh.taxonomy.labels.get(classification)?.classification === true
  return [...column.labels, known ? classification : unclassified]
}
