import { optionKeys, parseColumnOptions } from './column-options.ts'
import { parseColumnType } from './column-type.ts'
import { readOwnProperties, textProperty } from './custom-properties.ts'
import { asFields, type Fields } from './fields.ts'
import { readLabels } from './labels.ts'
import { asName } from './named.ts'
import { columnKeys } from './odcs-keys.ts'
import type { Column } from './product.ts'
import { parseQuality } from './quality.ts'
import { parseReferences } from './reached-set.ts'
import { type Place, quoted } from './report.ts'
import type { ContractScope } from './scope.ts'
import type { Tree } from './tree.ts'

/** A column with what its table needs to know of it. */
export interface ParsedColumn {
  readonly column: Column
  readonly place: Place
  readonly primaryKey: boolean
  readonly primaryKeyPosition?: number
  readonly references: readonly string[]
}

/** One entry of `properties`; undefined after a finding that leaves nothing to speak of. */
export function parseColumn(tree: Tree, scope: ContractScope): ParsedColumn | undefined {
  const { report } = scope
  const fields = asFields(tree, 'properties', columnKeys, report)
  if (fields === undefined) return undefined
  const name = asName(fields.needText('name'), 'column', report)
  const own = readOwnProperties(fields, ['selvageLabels', 'selvageSemanticType'])
  const optionFields = fields.fields('logicalTypeOptions', optionKeys)
  const type = parseColumnType(fields, optionFields)
  const facts = {
    ...described(fields),
    ...classified(fields, scope),
    labels: readLabels(fields, own, scope),
    ...semanticType(fields, textProperty(own, 'selvageSemanticType', fields), scope),
  }
  const position = fields.integer('primaryKeyPosition')
  const primaryKey = fields.boolean('primaryKey') ?? false
  if (name === undefined || type === undefined) return undefined
  const column: Column = {
    name,
    physicalName: fields.text('physicalName')?.text ?? name,
    type,
    required: fields.boolean('required') ?? false,
    unique: fields.boolean('unique') ?? false,
    ...facts,
    quality: parseQuality(fields, { column: { name, type }, columns: new Set([name]) }),
    options: parseColumnOptions(fields, optionFields, type),
  }
  return {
    column,
    place: fields.find('name')?.place ?? fields.place,
    primaryKey,
    references: parseReferences(fields),
    ...(position === undefined || position === -1 ? {} : { primaryKeyPosition: position }),
  }
}

export function described(fields: Fields): { description?: string } {
  const description = fields.text('description')?.text
  return description === undefined ? {} : { description }
}

function classified(fields: Fields, { taxonomy, report }: ContractScope): { classification?: string } {
  const classification = fields.text('classification')
  if (classification === undefined) return {}
  if (taxonomy === undefined || taxonomy.labels.get(classification.text)?.classification === true)
    return { classification: classification.text }
  report('contract.unknown_classification', classification.place, `${quoted(classification.text)} is no classification word`)
  return {}
}

/**
 * ODCS 3.2.0 keeps the key `semanticType` for column, measure and dimension (RFC 0034), so ours is a custom
 * property. A measure is computed and not stored, and cannot be a column here.
 */
function semanticType(
  fields: Fields,
  own: ReturnType<typeof textProperty>,
  { taxonomy, report }: ContractScope,
): Pick<Column, 'semanticType'> {
  const role = fields.text('semanticType')
  if (role !== undefined && role.text !== 'column' && role.text !== 'dimension')
    report('contract.semantic_role', role.place, `${quoted(role.text)} cannot be the \`semanticType\` of a stored column`)
  const name = asName(own, 'semantic type', report)
  if (name === undefined || own === undefined) return {}
  if (taxonomy?.semanticTypes.has(name) === false) {
    report('contract.unknown_semantic_type', own.place, `there is no semantic type ${quoted(name)}`)
    return {}
  }
  return { semanticType: name }
}
