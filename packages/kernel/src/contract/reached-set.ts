import { isIntegerType, type Name } from '../model/index.ts'
import type { ParsedTable } from './contract-table.ts'
import { asFields, asText, type Fields, type Placed } from './fields.ts'
import { withAncestors } from './graph.ts'
import { asName, distinct } from './named.ts'
import { relationshipKeys } from './odcs-keys.ts'
import type { Column, ReachedSet, Table } from './product.ts'
import { quoted } from './report.ts'
import type { ContractScope } from './scope.ts'
import type { Tree } from './tree.ts'

/** Of one table. */
const mostSets = 16

/** One entry of `selvageSets`, as written. */
export interface WantedSet {
  readonly name: Placed & { readonly text: Name }
  /** `table.column`: where the foreign key stands. */
  readonly via: Placed
  /** A column of that table. */
  readonly collect: Placed
}

/**
 * The custom property `selvageSets` of a table: sets that its rows reach through a foreign key of another table of the
 * contract, for policies to ask of.
 *
 * customProperties:
 *   - property: selvageSets
 *     value: [{ name: providers, via: encounters.patient, collect: provider }]
 */
export function parseWantedSets(value: Tree | undefined, { report }: Fields): WantedSet[] {
  if (value === undefined) return []
  if (value.kind !== 'list') {
    report('yaml.type', value.place, '`selvageSets` must be a list')
    return []
  }
  if (value.items.length > mostSets) report('yaml.too_complex', value.place, `a table has at most ${mostSets} sets`)
  const wanted = value.items.slice(0, mostSets).flatMap(item => {
    const entry = asFields(item, 'selvageSets', ['name', 'via', 'collect'], report)
    const placed = entry?.needText('name')
    const name = asName(placed, 'set', report)
    const via = entry?.needText('via')
    const collect = entry?.needText('collect')
    if (placed === undefined || name === undefined || via === undefined || collect === undefined) return []
    return [{ name: { text: name, place: placed.place }, via, collect }]
  })
  return distinct(
    wanted,
    ({ name }) => name.text,
    ({ name }) => report('name.duplicate', name.place, `the set ${quoted(name.text)} stands here twice`),
  )
}

/** The columns, `table.column`, that a column refers to. What ODCS can say besides (composite keys, other files) is left alone. */
export function parseReferences(fields: Fields): string[] {
  return fields.list('relationships').flatMap(item => {
    const entry = asFields(item, 'relationships', relationshipKeys, fields.report)
    const to = entry?.find('to')
    if (entry === undefined || to?.kind !== 'scalar') return []
    const kind = entry.text('type')?.text ?? 'foreignKey'
    const text = asText(to, 'to', fields.report)?.text
    return text === undefined || kind !== 'foreignKey' ? [] : [text]
  })
}

/** The tables with their sets; whatever is wrong with one leaves it out, after a finding. */
export function resolveSets(tables: readonly ParsedTable[], labels: readonly string[], scope: ContractScope): ParsedTable[] {
  return tables.map(parsed => {
    const sets = parsed.wantedSets.flatMap(wanted => resolveSet(parsed.table, wanted, tables, labels, scope) ?? [])
    return sets.length === 0 ? parsed : { ...parsed, table: { ...parsed.table, sets } }
  })
}

function resolveSet(
  table: Table,
  { name, via, collect }: WantedSet,
  tables: readonly ParsedTable[],
  labels: readonly string[],
  scope: ContractScope,
): ReachedSet | undefined {
  const { report } = scope
  if (table.columns.some(column => column.name === name.text)) {
    report('contract.set_name', name.place, `the table has a column ${quoted(name.text)}`)
    return undefined
  }
  const [from = '', through = '', ...more] = via.text.split('.')
  const other = more.length === 0 ? tables.find(one => one.table.name === from) : undefined
  const foreign = other?.table.columns.find(column => column.name === through)
  const keys =
    foreign === undefined ? [] : table.columns.filter(key => other!.references.get(through)?.includes(`${table.name}.${key.name}`))
  const [key, second] = keys
  if (other === undefined || foreign === undefined || key === undefined || second !== undefined) {
    report('contract.set_foreign_key', via.place, `${quoted(via.text)} is no foreign key to this table`)
    return undefined
  }
  if (!isKeyOf(key, table) || !isKeyType(key) || foreign.type !== key.type) {
    report('contract.set_foreign_key', via.place, `${quoted(via.text)} and ${quoted(key.name)} are no key of one type`)
    return undefined
  }
  const collected = other.table.columns.find(column => column.name === collect.text)
  if (collected === undefined) {
    report('contract.set_column', collect.place, `there is no column ${quoted(collect.text)} in ${quoted(from)}`)
    return undefined
  }
  const element = elementOf(collected)
  if (element === undefined) {
    report('contract.set_type', collect.place, `${quoted(collect.text)} is ${collected.type}, of which policies read no sets`)
    return undefined
  }
  const lacking = lackingLabel(table, other.table, [foreign, collected], labels, scope)
  if (lacking !== undefined) {
    report('contract.set_label', name.place, `it tells of ${quoted(from)}, whose label ${quoted(lacking)} this table does not have`)
    return undefined
  }
  const alone = releasedAlone(table, other.table, labels, scope)
  if (alone !== undefined) {
    report('contract.set_label', name.place, `it tells of ${quoted(from)}, which lacks the label ${quoted(alone)} that releases this table`)
    return undefined
  }
  return { name: name.text, from: other.table.name, foreignKey: foreign.name, key: key.name, collect: collected.name, element }
}

/** One row for each value, so that what is collected is no more than the rows of the other table. */
const isKeyOf = (column: Column, { primaryKey }: Table): boolean =>
  column.unique || (primaryKey.length === 1 && primaryKey[0] === column.name)

const isKeyType = ({ type }: Column): boolean => type === 'VARCHAR' || type === 'UUID' || isIntegerType(type)

function elementOf({ type }: Column): ReachedSet['element'] | undefined {
  if (type === 'VARCHAR') return 'VARCHAR'
  return isIntegerType(type) && type !== 'HUGEINT' ? 'BIGINT' : undefined
}

/**
 * A row that is shown for what its set holds tells of the rows that it was collected from. So whatever restricts those must
 * restrict these as rows: then a guardrail by label reaches both.
 */
function lackingLabel(
  table: Table,
  other: Table,
  columns: readonly Column[],
  labels: readonly string[],
  { taxonomy }: ContractScope,
): string | undefined {
  if (taxonomy === undefined) return undefined
  const own = withAncestors([...table.labels, ...labels], taxonomy.labels)
  return [...other.labels, ...columns.flatMap(column => column.labels)].find(
    label => taxonomy.labels.get(label)?.kind !== 'releasing' && !own.has(label),
  )
}

/** A guardrail that spares what a label releases would hide the other table and not this one. */
function releasedAlone(table: Table, other: Table, labels: readonly string[], { taxonomy }: ContractScope): string | undefined {
  if (taxonomy === undefined) return undefined
  const [own, theirs] = [table, other].map(one => withAncestors([...one.labels, ...labels], taxonomy.labels))
  return [...own!].find(label => taxonomy.labels.get(label)?.kind === 'releasing' && !theirs!.has(label))
}
