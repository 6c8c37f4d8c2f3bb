import { type Name, tableId } from '../model/index.ts'
import { described, type ParsedColumn, parseColumn } from './contract-column.ts'
import { readOwnProperties, textProperty } from './custom-properties.ts'
import { asFields, type Fields } from './fields.ts'
import { readLabels } from './labels.ts'
import { asName, distinct } from './named.ts'
import { tableKeys } from './odcs-keys.ts'
import type { Table } from './product.ts'
import { parseQuality } from './quality.ts'
import { parseWantedSets, type WantedSet } from './reached-set.ts'
import { type Place, quoted } from './report.ts'
import type { ContractScope } from './scope.ts'
import type { Tree } from './tree.ts'

/** A table with the places of its columns, for findings that come up later. */
export interface ParsedTable {
  readonly table: Table
  readonly place: Place
  readonly columnPlaces: ReadonlyMap<string, Place>
  readonly wantedSets: readonly WantedSet[]
  /** By column, `table.column` of what it refers to. */
  readonly references: ReadonlyMap<string, readonly string[]>
}

/** One entry of `schema`. */
export function parseTable(tree: Tree, scope: ContractScope): ParsedTable | undefined {
  const { report } = scope
  const fields = asFields(tree, 'schema', tableKeys, report)
  if (fields === undefined) return undefined
  const name = asName(fields.needText('name'), 'table', report)
  const kind = fields.text('logicalType')
  if (kind !== undefined && kind.text !== 'object')
    report('contract.nested_type', kind.place, `a table of type ${quoted(kind.text)} is not read`)
  const columns = parseColumns(fields, scope)
  const names = new Set<string>(columns.map(({ column }) => column.name))
  const own = readOwnProperties(fields, ['selvageLabels', 'selvageSubject', 'selvageSets'])
  const labels = readLabels(fields, own, scope)
  const subject = parseSubject(fields, textProperty(own, 'selvageSubject', fields), names)
  const wantedSets = parseWantedSets(own.get('selvageSets')?.value, fields)
  const quality = parseQuality(fields, { columns: names })
  if (name === undefined) return undefined
  const physicalName = parsePhysicalName(fields) ?? name
  const table: Table = {
    id: tableId(scope.id, name),
    name,
    physicalName,
    ...described(fields),
    labels,
    ...(subject === undefined ? {} : { subject }),
    primaryKey: parsePrimaryKey(columns, fields),
    columns: columns.map(({ column }) => column),
    quality,
  }
  return {
    table,
    place: fields.find('name')?.place ?? fields.place,
    columnPlaces: new Map(columns.map(({ column, place }) => [column.name, place])),
    wantedSets,
    references: new Map(columns.map(({ column, references }) => [column.name, references])),
  }
}

function parseColumns(fields: Fields, scope: ContractScope): ParsedColumn[] {
  const { report } = scope
  const items = fields.list('properties')
  if (items.length === 0) report('contract.empty', fields.place, 'the table has no columns')
  const parsed = items.flatMap(item => parseColumn(item, scope) ?? [])
  const named = distinct(
    parsed,
    ({ column }) => column.name,
    ({ column, place }) => report('contract.duplicate_column', place, `the column ${quoted(column.name)} stands here twice`),
  )
  return distinct(
    named,
    ({ column }) => column.physicalName,
    ({ column, place }) =>
      report('contract.duplicate_physical_name', place, `two columns are mapped to the physical name ${quoted(column.physicalName)}`),
  )
}

/** It takes the place of `{table}` in a path. */
function parsePhysicalName(fields: Fields): string | undefined {
  const physicalName = fields.text('physicalName')
  if (physicalName !== undefined && !/^[\p{L}\p{N}_-][\p{L}\p{N}_. -]{0,199}$/u.test(physicalName.text))
    fields.report('contract.source_path', physicalName.place, `${quoted(physicalName.text)} cannot be part of a file name`)
  return physicalName?.text
}

function parseSubject(fields: Fields, subject: ReturnType<typeof textProperty>, columns: ReadonlySet<string>): Name | undefined {
  if (subject === undefined) return undefined
  if (columns.has(subject.text)) return subject.text as Name
  fields.report('contract.unknown_subject', subject.place, `there is no column ${quoted(subject.text)} in this table`)
  return undefined
}

/** In the order of `primaryKeyPosition`, which is 1, 2, … or nowhere. */
function parsePrimaryKey(columns: readonly ParsedColumn[], { report }: Fields): Name[] {
  const keys = columns.filter(column => column.primaryKey)
  for (const { column, place, primaryKey, primaryKeyPosition } of columns) {
    if (!primaryKey && primaryKeyPosition !== undefined)
      report('contract.primary_key', place, `${quoted(column.name)} has a position in the primary key and is not part of it`)
  }
  const positioned = keys.filter(key => key.primaryKeyPosition !== undefined)
  const ordered = positioned.length === 0 ? keys : keys.toSorted((a, b) => (a.primaryKeyPosition ?? 0) - (b.primaryKeyPosition ?? 0))
  if (positioned.length > 0 && ordered.some((key, index) => key.primaryKeyPosition !== index + 1))
    report('contract.primary_key', ordered[0]?.place, 'the positions in the primary key are not 1, 2, …')
  return ordered.map(key => key.column.name)
}
