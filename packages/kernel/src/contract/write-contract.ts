import { stringify } from 'yaml'
import { writeColumnType } from './column-type.ts'
import type { Column, Product, ReachedSet, Source, Table } from './product.ts'
import { escapeVariables } from './variables.ts'
import { writeQuality } from './write-quality.ts'

/** A value for YAML; keys whose value is undefined are left out. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain | undefined }

/**
 * The product as an ODCS 3.2.0 contract; reading it gives the product again, but for its `text` and `path`. What the
 * model does not hold (team, price, service levels) is not there.
 */
export function writeContract(product: Product): string {
  const contract: Plain = {
    apiVersion: 'v3.2.0',
    kind: 'DataContract',
    id: product.id,
    name: product.name,
    version: product.version,
    status: 'active',
    domain: product.domain,
    description: product.description === undefined ? undefined : { purpose: product.description },
    tags: someOf(product.labels),
    customProperties: customProperties({ selvageTitle: product.title }),
    servers: product.source === undefined ? undefined : [writeSource(product.source)],
    schema: product.tables.map(table => writeTable(table, product)),
  }
  return stringify(escaped(contract), { version: '1.2', schema: 'core', lineWidth: 120, aliasDuplicateObjects: false })
}

function writeSource({ path, delimiter }: Source): Plain {
  const own = customProperties({ selvageDelimiter: delimiter === ',' ? undefined : delimiter })
  return { server: 'files', type: 'local', path, format: 'csv', customProperties: own }
}

const writeSet = ({ name, from, foreignKey, collect }: ReachedSet): Plain => ({ name, via: `${from}.${foreignKey}`, collect })

/** What sets are reached through; the model holds no other foreign keys. */
function references(product: Product, table: Table, column: Column): readonly Plain[] {
  const to = product.tables.flatMap(other =>
    (other.sets ?? []).flatMap(({ from, foreignKey, key }) =>
      from === table.name && foreignKey === column.name ? [`${other.name}.${key}`] : [],
    ),
  )
  return [...new Set(to)].map(target => ({ type: 'foreignKey', to: target }))
}

function writeTable(table: Table, product: Product): Plain {
  return {
    name: table.name,
    physicalName: otherThan(table.physicalName, table.name),
    description: table.description,
    tags: someOf(table.labels),
    customProperties: someOf([
      ...(customProperties({ selvageSubject: table.subject }) ?? []),
      ...(table.sets === undefined ? [] : [{ property: 'selvageSets', value: table.sets.map(writeSet), vendor: 'selvage' }]),
    ]),
    properties: table.columns.map(column => writeColumn(column, table, references(product, table, column))),
    quality: someOf(table.quality.map(rule => writeQuality(rule, 'table'))),
  }
}

function writeColumn(column: Column, table: Table, relationships: readonly Plain[]): Plain {
  const { logicalType, physicalType, timezone } = writeColumnType(column.type)
  const { enum: values, ...options } = column.options
  const position = table.primaryKey.indexOf(column.name)
  const typeOptions = { ...options, timezone }
  return {
    name: column.name,
    physicalName: otherThan(column.physicalName, column.name),
    description: column.description,
    logicalType,
    physicalType,
    logicalTypeOptions: Object.values(typeOptions).some(value => value !== undefined) ? typeOptions : undefined,
    primaryKey: position < 0 ? undefined : true,
    primaryKeyPosition: position < 0 ? undefined : position + 1,
    required: column.required || undefined,
    unique: column.unique || undefined,
    relationships: someOf(relationships),
    enum: values?.map(value => ({ value })),
    classification: column.classification,
    tags: someOf(column.labels),
    customProperties: customProperties({ selvageSemanticType: column.semanticType }),
    quality: someOf(column.quality.map(rule => writeQuality(rule, 'column'))),
  }
}

const someOf = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items)
const otherThan = (text: string, usual: string): string | undefined => (text === usual ? undefined : text)

function customProperties(own: Readonly<Record<string, string | undefined>>): readonly Plain[] | undefined {
  const given = Object.entries(own).flatMap(([property, value]) => (value === undefined ? [] : [{ property, value, vendor: 'selvage' }]))
  return someOf(given)
}

/** Without undefined values, and with every `${` escaped. */
function escaped(plain: Plain): Plain {
  if (typeof plain === 'string') return escapeVariables(plain)
  if (plain === null || typeof plain !== 'object') return plain
  if (Array.isArray(plain)) return plain.map((item: Plain) => escaped(item))
  const entries = Object.entries(plain as Readonly<Record<string, Plain | undefined>>)
  return Object.fromEntries(entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, escaped(value)]])))
}
