import { compilePolicies, decide, type PolicyJson, type Row } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { declareDifferences, differences, discoverDifferences, holds, openMesh, tableOf } from '../test/differences.ts'
import { onlyRules } from '../test/example-mesh.ts'
import { type GeneratedAsker, generatedAsker, generatedLabels, generatedRow } from '../test/generated-askers.ts'
import { generatedRules } from '../test/generated-rules.ts'
import { parsed } from '../test/released.ts'
import { openReplay } from './replay.ts'
import { openDeclareReplay } from './replay-declare.ts'
import { openDiscoverReplay } from './replay-discover.ts'

/** Policy sets; each is asked eight rows of each of two tables by two askers. */
const sets = Number(process.env.SELVAGE_DIFFERENTIAL_SETS ?? 50)
const customer = tableOf(openMesh, 'sales.crm.customer')
const conditions = tableOf(openMesh, 'health.care.conditions')

interface Case {
  readonly rules: Record<string, string>
  readonly askers: readonly GeneratedAsker[]
  readonly labels: readonly string[] | undefined
  readonly customers: readonly Row[]
  readonly conditions: readonly Row[]
}

const cases: fc.Arbitrary<Case> = fc.record({
  rules: generatedRules,
  askers: fc.array(generatedAsker, { minLength: 2, maxLength: 2 }),
  labels: generatedLabels,
  customers: fc.array(generatedRow(customer), { minLength: 8, maxLength: 8 }),
  conditions: fc.array(generatedRow(conditions), { minLength: 8, maxLength: 8 }),
})

interface Tally {
  rows: number
  visible: number
  conditional: number
}
const tallyOf = (): Tally => ({ rows: 0, visible: 0, conditional: 0 })

function run(one: Case, tally: Tally, ours: (policies: readonly PolicyJson[]) => readonly PolicyJson[] = same => same): string[] {
  const mesh = onlyRules(openMesh, one.rules)
  const policies = parsed(mesh)
  const compiled = compilePolicies(mesh, ours(policies))
  const replay = openReplay(mesh, policies)
  const discover = openDiscoverReplay(mesh, policies)
  const declare = openDeclareReplay(mesh, policies)
  const out: string[] = []
  for (const [number, asker] of one.askers.entries()) {
    out.push(...mesh.domains.flatMap(({ name }) => declareDifferences(compiled, declare, asker, name)))
    for (const [table, rows] of [
      [customer, one.customers],
      [conditions, one.conditions],
    ] as const) {
      const columns = table.columns.map(column => column.name)
      if (number === 0) out.push(...discoverDifferences(compiled, discover, asker, table, rows.slice(0, 2)))
      for (const [at, row] of rows.entries()) {
        // Two cells of each row; over the rows, every column.
        const cells = [columns[at % columns.length], columns[(at * 3 + 1) % columns.length]].flatMap(name =>
          name === undefined ? [] : [name],
        )
        out.push(...differences(compiled, replay, asker, table, row, { columns: cells, labels: one.labels }))
        count(tally, decide(compiled, asker, table.id, one.labels), row)
      }
    }
  }
  return out
}

function count(tally: Tally, decision: ReturnType<typeof decide>, row: Row): void {
  tally.rows += 1
  if ('kind' in decision) return
  if (holds(decision.rows, row)) tally.visible += 1
  if (decision.rows.kind === 'where') tally.conditional += 1
}

/** The bug that closed the official partial evaluator to us: `!(resource has x)` folded to false. */
function foldNotHas(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(foldNotHas)
  if (typeof value !== 'object' || value === null) return value
  const negated = (value as { '!'?: { arg?: { has?: { left?: { Var?: string } } } } })['!']
  if (negated?.arg?.has?.left?.Var === 'resource') return { Value: false }
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, foldNotHas(child)]))
}

/** Actions that a rule speaks of; undefined: all. */
const actionsOf = ({ est }: PolicyJson): string | undefined => {
  const { action } = est as { readonly action: { readonly op: string } }
  return action.op === 'All' ? undefined : JSON.stringify(action)
}
const speaksOf = (policy: PolicyJson, action: string): boolean => actionsOf(policy)?.includes(`"${action}"`) !== false
const looksAtRow = ({ est }: PolicyJson): boolean =>
  JSON.stringify((est as { readonly conditions: unknown }).conditions).includes('"Var":"resource"')

const catches = (planted: (policies: readonly PolicyJson[]) => readonly PolicyJson[], rules?: Case['rules']): boolean =>
  fc.sample(cases, { numRuns: 200, seed: 7 }).some(one => run({ ...one, rules: rules ?? one.rules }, tallyOf(), planted).length > 0)

describe('against the official engine', () => {
  it('every row and cell is decided alike', { timeout: 600_000 }, () => {
    const tally = tallyOf()
    fc.assert(
      fc.property(cases, one => {
        expect(run(one, tally)).toEqual([])
      }),
      { numRuns: sets },
    )
    expect(tally.rows).toBe(sets * 32)
    // Not all alike: over 30 seeds 40 to 66 % were visible, and 8 to 23 % under a condition over the row.
    expect(tally.visible / tally.rows).toBeGreaterThan(0.1)
    expect(tally.visible / tally.rows).toBeLessThan(0.9)
    expect(tally.conditional / tally.rows).toBeGreaterThan(0.02)
  })

  it('a planted bug is caught: folding `!has`', { timeout: 120_000 }, () => {
    const planted = (policies: readonly PolicyJson[]): PolicyJson[] => policies.map(policy => ({ ...policy, est: foldNotHas(policy.est) }))
    expect(catches(planted)).toBe(true)
  })

  it('a planted bug is caught: a forbid of any action lets a purpose be declared', { timeout: 120_000 }, () => {
    const use = { op: 'in', entity: { type: 'Mesh::Action', id: 'use' } }
    const planted = (policies: readonly PolicyJson[]): PolicyJson[] =>
      policies.map(policy => (actionsOf(policy) === undefined ? { ...policy, est: { ...(policy.est as object), action: use } } : policy))
    expect(catches(planted)).toBe(true)
  })

  it('a planted bug is caught: what a statement touches is not looked at', { timeout: 120_000 }, () => {
    const planted = (policies: readonly PolicyJson[]): PolicyJson[] =>
      policies.filter(policy => !JSON.stringify(policy.est).includes('"attr":"statement"'))
    expect(catches(planted)).toBe(true)
  })

  it.each<[string, (policy: PolicyJson) => boolean]>([
    // A column as such has no attributes, so what asks for one holds of it never: kept for its cells, it opens them.
    [
      'what a forbid says of a column as such is taken for its cells',
      one => !(one.effect === 'forbid' && speaksOf(one, 'discover') && speaksOf(one, 'reveal') && looksAtRow(one)),
    ],
    ['a forbid of `discover` is not looked at', one => !(one.effect === 'forbid' && actionsOf(one) === undefined)],
  ])('a planted bug is caught: %s', { timeout: 120_000 }, (_, keep) => {
    expect(catches(policies => policies.filter(keep))).toBe(true)
  })

  it('a planted bug is caught: a permit of `discover` is not looked at', { timeout: 120_000 }, () => {
    const rules = {
      sales: '@id("sales/r0") permit (principal, action == Mesh::Action::"discover", resource in Mesh::Table::"sales.crm.customer");',
    }
    expect(catches(() => [], rules)).toBe(true)
  })

  it('a planted bug is caught: an erring forbid that is skipped', { timeout: 120_000 }, () => {
    const overflow = 'principal has employee_id && principal.employee_id * 9007199254740991 > 5'
    const rules = {
      central: `@id("central/r0") forbid (principal, action in Mesh::Action::"use", resource) when { ${overflow} };`,
      sales: '@id("sales/r0") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales");',
    }
    const planted = (policies: readonly PolicyJson[]): PolicyJson[] => policies.filter(policy => policy.effect === 'permit')
    expect(catches(planted, rules)).toBe(true)
  })
})
