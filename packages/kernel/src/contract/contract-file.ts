import { type Name, productId } from '../model/index.ts'
import { type Access, parseAccess } from './access.ts'
import { type ParsedTable, parseTable } from './contract-table.ts'
import { readOwnProperties, textProperty } from './custom-properties.ts'
import { asFields, type Fields, type Placed } from './fields.ts'
import { readLabels } from './labels.ts'
import type { Taxonomy } from './mesh.ts'
import { distinct } from './named.ts'
import { contractKeys, descriptionKeys } from './odcs-keys.ts'
import type { Product } from './product.ts'
import { resolveSets } from './reached-set.ts'
import { quoted, type Report } from './report.ts'
import type { ContractScope } from './scope.ts'
import { parseSource } from './source.ts'
import type { Tree } from './tree.ts'

export interface ContractFile {
  readonly path: string
  readonly text: string
  readonly domain: Name
  readonly product: Name
}

/** A product with its places. */
export interface ParsedProduct {
  /** What the contract calls itself: `domain.name`, as written. */
  readonly claims: Placed
  readonly product: Product
  readonly tables: readonly ParsedTable[]
  /** Whom the contract itself opens the product to. */
  readonly access: readonly Access[]
  readonly report: Report
}

/**
 * `domains/<domain>/products/<product>/contract.odcs.yaml`, an ODCS contract 3.0.x to 3.2.0. What ODCS has no word for
 * stands in custom properties: `selvageTitle`, `selvageAccess` and `selvageLabels` of the contract, `selvageLabels`,
 * `selvageSubject` and `selvageSets` of a table, `selvageLabels` and `selvageSemanticType` of a column, `selvageDelimiter` of a
 * server. A key that ODCS does not know is an error; one that it knows and we do not use is accepted.
 */
export function parseContractFile(
  tree: Tree,
  file: ContractFile,
  taxonomy: Taxonomy | undefined,
  report: Report,
): ParsedProduct | undefined {
  const fields = asFields(tree, 'contract', contractKeys, report)
  if (fields === undefined) return undefined
  const id = productId(file.domain, file.product)
  const scope: ContractScope = { domain: file.domain, product: file.product, id, taxonomy, report }
  checkHead(fields, scope)
  const own = readOwnProperties(fields, ['selvageTitle', 'selvageAccess', 'selvageLabels'])
  const title = textProperty(own, 'selvageTitle', fields)?.text
  const description = fields.fields('description', descriptionKeys)?.text('purpose')?.text
  const source = parseSource(fields)
  const labels = readLabels(fields, own, scope)
  const tables = resolveSets(parseTables(fields, scope), labels, scope)
  if (source !== undefined && tables.length > 1 && !source.path.includes('{table}'))
    report('contract.source_path', fields.placeOf('servers'), 'all tables would be read from one file: the path lacks `{table}`')
  const product: Product = {
    id,
    domain: file.domain,
    name: file.product,
    version: parseVersion(fields),
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    labels,
    tables: tables.map(({ table }) => table),
    ...(source === undefined ? {} : { source }),
    text: file.text,
    path: file.path,
  }
  const names = tables.map(({ table }) => table.name)
  const access = parseAccess(own.get('selvageAccess'), names, scope)
  return { claims: claimed(fields), product, tables, access, report }
}

function checkHead(fields: Fields, { domain, product, id, report }: ContractScope): void {
  const apiVersion = fields.needText('apiVersion')
  if (apiVersion !== undefined && !/^v?3\.(0\.\d{1,2}|1\.\d{1,2}|2\.0)$/.test(apiVersion.text))
    report('contract.api_version', apiVersion.place, `${quoted(apiVersion.text)} is no version of ODCS that is read`)
  const kind = fields.needText('kind')
  if (kind !== undefined && kind.text !== 'DataContract') report('contract.kind', kind.place, `${quoted(kind.text)} is no kind of contract`)
  fields.text('status')
  for (const [key, want] of [
    ['domain', domain],
    ['name', product],
  ] as const) {
    const given = fields.needText(key)
    if (given !== undefined && given.text !== want)
      report('contract.identity', given.place, `\`${key}\` is ${quoted(given.text)}, and the file lies where it would be ${quoted(want)}`)
  }
  const given = fields.needText('id')
  if (given !== undefined && given.text !== id && !(/^urn:[A-Za-z0-9:.-]+$/.test(given.text) && given.text.endsWith(`:${id}`)))
    report('contract.identity', given.place, `\`id\` is ${quoted(given.text)}, and the file lies where it would be ${quoted(id)}`)
}

function claimed(fields: Fields): Placed {
  const [domain, name] = ['domain', 'name'].map(key => fields.find(key)).map(tree => (tree?.kind === 'scalar' ? tree.text : ''))
  return { text: `${domain}.${name}`, place: fields.find('name')?.place ?? fields.place }
}

/** `1.0` without quotes is meant as it is written. */
function parseVersion(fields: Fields): string {
  const tree = fields.need('version')
  if (tree === undefined) return ''
  if (tree.kind === 'scalar' && tree.text.length <= 64) return tree.text
  fields.report('yaml.type', tree.place, '`version` must be text of at most 64 characters')
  return ''
}

function parseTables(fields: Fields, scope: ContractScope): ParsedTable[] {
  const { report } = scope
  const items = fields.list('schema')
  if (items.length === 0) report('contract.empty', fields.place, 'the contract has no tables')
  const parsed = items.flatMap(item => parseTable(item, scope) ?? [])
  const named = distinct(
    parsed,
    ({ table }) => table.name,
    ({ table, place }) => report('contract.duplicate_table', place, `the table ${quoted(table.name)} stands here twice`),
  )
  return distinct(
    named,
    ({ table }) => table.physicalName,
    ({ table, place }) =>
      report('contract.duplicate_physical_name', place, `two tables are mapped to the physical name ${quoted(table.physicalName)}`),
  )
}
