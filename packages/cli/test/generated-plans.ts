import { parsePolicies } from '@selvage/cedar'
import type { Column, Directory, DirectoryEntry, Mesh } from '@selvage/kernel/contract'
import { subjectIn } from '@selvage/kernel/contract'
import type { Name, TableId } from '@selvage/kernel/model'
import {
  type CompiledPolicies,
  compilePolicies,
  describedDevice,
  describedSubject,
  type MaskTransform,
  onManagedDevice,
  type Row,
  touchedLabels,
} from '@selvage/kernel/policy'
import { effectiveTransform, joinTransforms } from '@selvage/kernel/protect'
import * as fc from 'fast-check'
import { openMesh, tableOf } from '../../cedar/test/differences.ts'
import { onlyRules, policyFiles } from '../../cedar/test/example-mesh.ts'
import { generatedRow } from '../../cedar/test/generated-askers.ts'
import { generatedRules } from '../../cedar/test/generated-rules.ts'
import { released } from '../../cedar/test/released.ts'
import { nameOf } from '../src/plan/asked.ts'
import type { Item } from '../src/plan/item.ts'
import { type Change, planChanges } from '../src/plan/plan.ts'

const roles = Object.fromEntries(openMesh.taxonomy.roles.map(role => [role, role]))
export const issuer = {
  alias: 'workforce' as Name,
  issuer: 'https://workforce.example',
  kind: 'rfc9068' as const,
  token: { type: 'at+jwt' as const, client: 'client_id', id: 'jti', require: {} },
  rolesClaim: ['roles'],
  groups: {},
  groupsClaim: ['groups'],
  audience: 'selvage:example',
  algorithms: ['ES256'],
  maxLifetime: 600,
  roles,
  attributes: [...openMesh.taxonomy.subjectAttributes.keys()],
  claims: {},
  agents: ['copilot'],
  workloads: [],
}
export const mesh: Mesh = { ...openMesh, domains: openMesh.domains.map(domain => ({ ...domain, issuers: [issuer] })) }

function entry(
  login: string,
  own: readonly string[],
  attributes: Readonly<Record<string, string | number | readonly string[]>> = {},
): DirectoryEntry {
  const dated = Object.entries(attributes).map(([name, value]) => [name, { value, source: 'hr', observed: '2026-11-20' }] as const)
  const base = { name: `${login}@workforce`, login, issuer: 'workforce' as Name, subject: login }
  return { ...base, roles: ['everybody', ...own], groups: [], attributes: new Map(dated) }
}
export const directory: Directory = {
  entries: [
    entry('rep', ['sales-rep'], { employee_id: 3 }),
    entry('ana', ['analyst']),
    entry('ben', ['analyst']),
    entry('kim', ['clinician'], { provider_id: 'a', trainings: ['hipaa'] }),
    entry('copilot', ['analyst']),
  ],
}

export type Rules = Parameters<typeof onlyRules>[1]
export function compiled(rules: Rules, of: Mesh = mesh): CompiledPolicies {
  const ruled = onlyRules(of, rules)
  const { policies, findings } = parsePolicies(policyFiles(ruled))
  if (findings.length > 0) throw new Error(JSON.stringify(findings))
  return compilePolicies(ruled, policies)
}

export const plan = (before: Rules, after: Rules, of: Mesh = mesh): readonly Change[] =>
  planChanges(compiled(before, of), compiled(after, of), directory)

const copilot = directory.entries.at(-1)!
const anybody = fc.constantFrom(...directory.entries.slice(0, -1))

/** Those that a plan asks in, where rules ask for them; of a person alone one more, since an agent proves nothing. */
const [bearer, ...worse] = (['asserted', 'unmanaged', 'unknown'] as const).map(describedDevice)

/** What a person sees of some rows, straight from `decide`: of the whole table, and of each column alone, in each of the circumstances. */
function seen(policies: CompiledPolicies, table: TableId, person: DirectoryEntry, rows: readonly Row[]): string {
  const { world } = policies
  const domain = world.mesh.domains.find(({ name }) => table.startsWith(`${name}.`))!
  const asked = (who: DirectoryEntry) => {
    const known = subjectIn(who, domain)!
    return describedSubject(known, known.id)
  }
  const of = tableOf(mesh, table)
  const askers = [
    { actors: [], known: [onManagedDevice, bearer!, ...worse] },
    { actors: [asked(copilot)], known: [bearer!, ...worse] },
  ].flatMap(({ actors, known }) =>
    [...mesh.taxonomy.purposes.keys()].flatMap(purpose =>
      known.map(circumstances => ({ subject: asked(person), actors, purpose, circumstances })),
    ),
  )
  const alone = of.columns.map(column => ({ column, labels: touchedLabels(world, new Map([[table, [column.name]]])) }))
  return JSON.stringify(
    askers.map(asker => [
      released(policies, of, { asker, rows }).rows.map(row => row && of.columns.map(column => cellOf(column, row[column.name]))),
      ...alone.map(({ column, labels }) =>
        released(policies, of, { asker, rows, labels }).rows.map(row => row && [cellOf(column, row[column.name])]),
      ),
    ]),
  )
}

/** How a cell is shown; null, also where its column cannot keep what masks it. */
function cellOf({ type }: Column, masks: readonly string[] | undefined): string | null {
  if (masks === undefined) return null
  const kept = effectiveTransform(joinTransforms(...(masks as readonly MaskTransform[])), { sql: '', type, token: '' })
  return kept === 'null' ? null : kept
}

/** What stands in forbids of what is together, before or after. */
const together = fc.constantFrom(
  '',
  ...[
    'contains(Mesh::Label::"pii")',
    'containsAll([Mesh::Label::"pii", Mesh::Label::"public"])',
    'containsAll([Mesh::Label::"pii_email", Mesh::Label::"internal"])',
    'containsAny([Mesh::Label::"phi", Mesh::Label::"public"])',
  ].flatMap(test =>
    ['resource is sales::crm::customer', 'resource in Mesh::Column::"sales.crm.customer.email"'].map(
      resource =>
        `\n@id("sales/t") forbid (principal, action in Mesh::Action::"use", ${resource}) when { context.statement.labels.${test} };`,
    ),
  ),
)

/** What stands in forbids of the circumstances, before or after. */
const circumstances = fc.constantFrom(
  '',
  '',
  '',
  ...[
    'context.proof == "bearer"',
    '!(context has device && context.device has managed && context.device.managed)',
    'context has device && context.device has managed && !context.device.managed',
  ].map(test => `\n@id("sales/c") forbid (principal, action == Mesh::Action::"read", resource is sales::crm::customer) when { ${test} };`),
)

const table = 'sales.crm.customer' as TableId
const sample = fc.array(generatedRow(tableOf(mesh, table)), { minLength: 6, maxLength: 6 })
const sides = fc
  .record({
    one: generatedRules,
    two: generatedRules,
    close: fc.constantFrom('no', 'author', 'all'),
    was: fc.tuple(together, circumstances).map(texts => texts.join('')),
    is: fc.tuple(together, circumstances).map(texts => texts.join('')),
  })
  .map(({ one, two, close, was, is }) => {
    // Close: the same rules but for one author's, or for what is forbidden together.
    const after = close === 'no' ? two : close === 'all' ? one : { ...one, sales: two.sales }
    return [
      { ...one, sales: one.sales + was },
      { ...after, sales: after.sales + is },
    ] as const
  })

interface Runs {
  readonly numRuns: number
  readonly seed?: number
  readonly endOnFailure?: boolean
}
type Told = (item: Item) => boolean

/** Where rows or cells differ for somebody, alone or through an agent, a plan of which only `told` is heard says so. */
export const saysSo = (runs: Runs, told: Told = () => true) =>
  fc.check(
    fc.property(sides, anybody, sample, ([one, two], person, rows) => {
      const [before, after] = [compiled(one), compiled(two)]
      const changes = planChanges(before, after, { entries: [person, copilot] }).filter(({ asset }) => nameOf(asset) === table)
      const heard = changes.some(({ items }) => items.some(told))
      return heard || seen(before, table, person, rows) === seen(after, table, person, rows)
    }),
    runs,
  )

/** Rules under other names, in another order, are no change. */
export const orderIsNothing = (runs: Runs) =>
  fc.check(
    fc.property(generatedRules, anybody, (rules, person) => {
      const other = { ...rules, sales: turned(rules.sales) }
      return planChanges(compiled(rules), compiled(other), { entries: [person, copilot] }).length === 0
    }),
    runs,
  )

/** The last rule first. */
function turned(text: string): string {
  const ids = [...text.matchAll(/@id\("sales\/r(\d+)"\)/g)].map(([, at]) => Number(at))
  return text.replace(/@id\("sales\/r(\d+)"\)/g, (_, at) => `@id("sales/r${Math.max(...ids) - Number(at)}")`)
}
