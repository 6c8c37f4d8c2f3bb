import { type Finding, type Name, type TableId, tableParts } from '../model/index.ts'
import { type Directory, type DirectoryEntry, findEntry } from './directory-file.ts'
import { asFields, asText, type Fields, type Placed } from './fields.ts'
import type { Mesh } from './mesh.ts'
import type { TreeFile } from './parse-mesh.ts'
import type { Table } from './product.ts'
import { Findings, type Place, quoted, type Report } from './report.ts'
import { parseTestRows, type TestRow } from './test-rows.ts'
import { parseTestSubjects, type TestSubject } from './test-subject.ts'
import type { Tree } from './tree.ts'
import { isTreePath, treePath } from './tree-path.ts'
import { parseYaml } from './yaml.ts'

/** Most tests of one file, and queries in it; most of a whole tree. */
export const decisionTestBounds = { tests: 1_000, queries: 100, allTests: 20_000, allQueries: 500 }

/** From what device somebody asks: `attested` and `managed` are proven with its key, the others are an issuer's word, or nobody's. */
export const deviceWords = ['attested', 'managed', 'asserted', 'unmanaged', 'unknown'] as const
export type DeviceWord = (typeof deviceWords)[number]

/** One row of a decision table: who asks what, and what is to come of it. */
export interface DecisionTest {
  readonly file: string
  readonly place: Place
  readonly name: string
  readonly subject: TestSubject | DirectoryEntry
  /** Agents that act for the subject, the first nearest to it. */
  readonly agents: readonly (TestSubject | DirectoryEntry)[]
  readonly purpose: string
  readonly device: DeviceWord
  readonly asked: { readonly table: TableId } | { readonly query: string }
  /** Rows of the table, of which `count` are to be shown. */
  readonly data?: readonly TestRow[]
  readonly expected: ExpectedDecision
}

/** What is to hold; what is absent may be anything. */
export interface ExpectedDecision {
  /** `all`, `none`, or the condition as it is told in a failure. */
  readonly rows?: string
  /** By column (or `domain.product.table.column`): how its cells are shown. */
  readonly columns: ReadonlyMap<string, string>
  /** How many of the rows of `data` are shown. */
  readonly count?: number
  readonly code?: string
  /** Ids of exactly the rules that decide. */
  readonly rules?: readonly string[]
}

export interface ParsedTests {
  readonly tests: readonly DecisionTest[]
  readonly findings: readonly Finding[]
}

/**
 * The decision tables of a tree: `guardrails/*.test.yaml` and `domains/<domain>/policies/*.test.yaml`.
 *
 * ```yaml
 * who:
 *   rep: { roles: [sales-rep], attributes: { employee_id: 3 } }
 *   copilot: { kind: Agent, roles: [analyst] }
 * tests:
 *   - test: own customers, in clear
 *     who: rep                          # a name of `who`, else a login of the directory
 *     agents: [copilot]                 # optional: who acts for them
 *     purpose: service-provision
 *     device: managed                   # attested (if not given), managed, asserted (through agents, if not given), unmanaged, unknown
 *     table: sales.crm.customer         # or `query: SELECT …`
 *     rows: support_rep_id = 3          # all, none, or a condition
 *     columns: { email: clear }         # clear, partial, generalize, token, null, hidden
 *     rules: [sales/own-customers]      # exactly those that decide
 *     data: [{ support_rep_id: 3 }, { support_rep_id: 4 }] # rows of the table; a column that is left out is NULL
 *     count: 1                          # how many of them are shown
 *   - { who: rep, purpose: research, table: sales.crm.customer, code: purpose.not_permitted }
 * ```
 */
export function parseDecisionTests(files: readonly TreeFile[], mesh: Mesh, directory: Directory): ParsedTests {
  const findings = new Findings()
  const tests = files.flatMap(file => {
    if (!isTreePath(file.path) || !isTestFile(file.path)) return []
    const report = findings.reportOn(file.path)
    const tree = parseYaml(file.text, report)
    return tree === undefined ? [] : parseFile(tree, file.path, mesh, directory, report)
  })
  const queries = tests.filter(test => 'query' in test.asked).length
  if (tests.length > decisionTestBounds.allTests || queries > decisionTestBounds.allQueries) {
    const most = `${decisionTestBounds.allTests} tests or ${decisionTestBounds.allQueries} queries`
    findings.reportOn('')('test.too_many', undefined, `the tree holds more than ${most}`, 'Ask for tables where a query is not needed.')
  }
  return { tests, findings: findings.list() }
}

const isTestFile = (path: string): boolean => ['policy-test', 'guardrail-test'].includes(treePath(path).kind)

function parseFile(tree: Tree, file: string, mesh: Mesh, directory: Directory, report: Report): DecisionTest[] {
  const fields = asFields(tree, 'decision table', ['who', 'tests'], report)
  if (fields === undefined) return []
  const own = parseTestSubjects(fields, mesh.taxonomy)
  const subjects: FindSubject = name => own.get(name) ?? findEntry(directory, name)
  fields.need('tests')
  const items = fields.list('tests')
  if (items.length > decisionTestBounds.tests)
    report('test.too_many', fields.placeOf('tests'), `the file holds more than ${decisionTestBounds.tests} tests`)
  const tests = items.slice(0, decisionTestBounds.tests).flatMap(item => parseTest(item, file, subjects, mesh, report) ?? [])
  const queries = tests.filter(test => 'query' in test.asked)
  if (queries.length > decisionTestBounds.queries)
    report('test.too_many', queries[decisionTestBounds.queries]!.place, `the file holds more than ${decisionTestBounds.queries} queries`)
  return tests
}

const testKeys = ['test', 'who', 'agents', 'purpose', 'device', 'table', 'query', 'rows', 'columns', 'data', 'count', 'code', 'rules']

function parseTest(item: Tree, file: string, subjects: FindSubject, mesh: Mesh, report: Report): DecisionTest | undefined {
  const fields = asFields(item, 'tests', testKeys, report)
  if (fields === undefined) return undefined
  const subject = findSubject(fields.needText('who'), subjects, report)
  const agents = fields.texts('agents').map(name => findSubject(name, subjects, report))
  const purpose = fields.needText('purpose')
  const asked = parseAsked(fields, mesh)
  const expected = parseExpected(fields)
  const table = findTable(asked, mesh)
  checkColumns(fields, table)
  const data = parseTestRows(fields, table)
  checkCount(fields)
  if (subject === undefined || purpose === undefined || asked === undefined || agents.includes(undefined)) return undefined
  const name = fields.text('test')?.text ?? `${subject.name}, ${purpose.text}`
  const known = agents.flatMap(agent => agent ?? [])
  return {
    file,
    place: fields.place,
    name,
    subject,
    agents: known,
    purpose: purpose.text,
    device: parseDevice(fields, known.length > 0),
    asked,
    ...(data === undefined ? {} : { data }),
    expected,
  }
}

/** Through an agent there is the issuer's word at best: what it proves, it proves of itself. */
function parseDevice(fields: Fields, throughAgent: boolean): DeviceWord {
  const device = fields.text('device')
  if (device === undefined) return throughAgent ? 'asserted' : 'attested'
  const known = deviceWords.find(word => word === device.text)
  if (known === undefined) fields.report('test.unknown', device.place, `${quoted(device.text)} is none of ${deviceWords.join(', ')}`)
  if (throughAgent && (known === 'attested' || known === 'managed'))
    fields.report('test.unsupported', device.place, `an agent proves nothing of its person’s device: through one it is never ${known}`)
  return known ?? 'unknown'
}

type FindSubject = (name: string) => TestSubject | DirectoryEntry | undefined

function findSubject(name: Placed | undefined, subjects: FindSubject, report: Report): ReturnType<FindSubject> {
  if (name === undefined) return undefined
  const found = subjects(name.text)
  if (found === undefined)
    report('test.unknown', name.place, `nobody is called ${quoted(name.text)} under \`who\`, and no login of a directory`)
  return found
}

function parseAsked(fields: Fields, mesh: Mesh): DecisionTest['asked'] | undefined {
  const table = fields.text('table')
  const query = fields.text('query')
  if ((table === undefined) === (query === undefined)) {
    fields.report('test.incomplete', fields.place, 'a test asks for either `table` or `query`')
    return undefined
  }
  if (query !== undefined) return { query: query.text }
  if (table === undefined) return undefined
  // A table that does not exist is a fine question: the answer is `query.unknown_table`.
  if (
    /^[a-z0-9_]+\.[a-z0-9_]+\.[a-z0-9_]+$/.test(table.text) &&
    mesh.domains.some(one => one.name === tableParts(table.text as TableId).domain)
  )
    return { table: table.text as TableId }
  fields.report('test.unknown', table.place, `${quoted(table.text)} is no table of a domain of this mesh`)
  return undefined
}

function parseExpected(fields: Fields): ExpectedDecision {
  const rows = fields.text('rows')?.text
  const code = fields.text('code')?.text
  const columns = fields.entries('columns').flatMap(([name, { value }]) => {
    const told = asProtection(value, name, fields.report)
    return told === undefined ? [] : [[name, told] as const]
  })
  const count = fields.integer('count')
  const rules = fields.has('rules') ? fields.texts('rules').map(rule => rule.text) : undefined
  if (rows === undefined && code === undefined && columns.length === 0 && rules === undefined && !fields.has('count'))
    fields.report('test.incomplete', fields.place, 'the test expects nothing')
  if (code !== undefined && (rows !== undefined || columns.length > 0 || count !== undefined))
    fields.report('test.incomplete', fields.placeOf('code'), 'where a code is told there are neither rows nor columns')
  return {
    columns: new Map(columns),
    ...(rows === undefined ? {} : { rows }),
    ...(count === undefined ? {} : { count }),
    ...(code === undefined ? {} : { code }),
    ...(rules === undefined ? {} : { rules }),
  }
}

/** `null` without quotes is meant as the word. */
const asProtection = (value: Tree, name: string, report: Report): string | undefined =>
  value.kind === 'scalar' && value.value === null ? 'null' : asText(value, name, report)?.text

function findTable(asked: DecisionTest['asked'] | undefined, mesh: Mesh): Table | undefined {
  if (asked === undefined || !('table' in asked)) return undefined
  const tables = mesh.domains.flatMap(domain => domain.products.flatMap(product => product.tables))
  return tables.find(table => table.id === asked.table)
}

/** A misspelt column would be `hidden` for everybody, and a test of that would pass for ever. */
function checkColumns(fields: Fields, table: Table | undefined): void {
  for (const [name, { keyPlace }] of fields.entries('columns')) {
    if (table?.columns.some(column => column.name === (name as Name)) === false)
      fields.report('test.unknown', keyPlace, `${table.id} has no column ${quoted(name)}`)
  }
}

function checkCount(fields: Fields): void {
  if (fields.has('count') && !fields.has('data'))
    fields.report(
      'test.unsupported',
      fields.placeOf('count'),
      'rows cannot be counted without data',
      'Give rows of the table under `data`, or write the condition under `rows`.',
    )
  if (fields.has('data') && !fields.has('count'))
    fields.report('test.incomplete', fields.placeOf('data'), 'where rows are given, `count` says how many of them are shown')
}
