import type { Column, Mesh } from '@selvage/kernel/contract'
import { type CompiledPolicies, compilePolicies, decide, discoverable, type Row } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds, masksIn, openMesh, tableOf } from '../test/differences.ts'
import { onlyRules, policyFiles, withRules } from '../test/example-mesh.ts'
import { centreRule, type GeneratedAsker, generatedAsker, generatedRow, generatedRules } from '../test/generated-rules.ts'
import { parsePolicies } from './parse-policies.ts'

const runs = Number(process.env.SELVAGE_MONOTONE_RUNS ?? 150)
const customer = tableOf(openMesh, 'sales.crm.customer')

function compiled(mesh: Mesh): CompiledPolicies {
  return compilePolicies(mesh, parsePolicies(policyFiles(mesh)).policies)
}

/** What somebody gets of some rows: `undefined` where nothing, else the masks of each cell. */
type Released = (Record<string, readonly string[]> | undefined)[]

function released(policies: CompiledPolicies, asker: GeneratedAsker, rows: readonly Row[]): Released {
  const decision = decide(policies, asker, customer.id)
  if ('kind' in decision) return rows.map(() => undefined)
  return rows.map(row => {
    if (!holds(decision.rows, row)) return undefined
    return Object.fromEntries(decision.columns.filter(one => holds(one.reveal, row)).map(one => [one.name, masksIn(one, row)]))
  })
}

/** Nothing of `after` is more than in `before`: rows, cells, and every mask of before is still there. */
function revealsNoMore(before: Released, after: Released): boolean {
  return after.every((row, at) =>
    Object.entries(row ?? {}).every(([column, masks]) => {
      const old = before[at]?.[column]
      return old?.every(mask => masks.includes(mask)) === true
    }),
  )
}

const rules = fc.record({
  rules: generatedRules,
  asker: generatedAsker,
  rows: fc.array(generatedRow(customer), { minLength: 6, maxLength: 6 }),
})

/** The mesh with one more label on one column of the customers, or on the whole table. */
function labelled(mesh: Mesh, label: string, at: number): Mesh {
  const more = (column: Column, index: number): Column => (index === at ? { ...column, labels: [...column.labels, label] } : column)
  const domains = mesh.domains.map(domain => ({
    ...domain,
    products: domain.products.map(product => ({
      ...product,
      tables: product.tables.map(table => {
        if (table.id !== customer.id) return table
        return at < 0 ? { ...table, labels: [...table.labels, label] } : { ...table, columns: table.columns.map(more) }
      }),
    })),
  }))
  return { ...mesh, domains }
}

describe('monotone', () => {
  it('one more forbid or masking guardrail of the centre reveals no more', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(rules, centreRule, (one, more) => {
        const mesh = onlyRules(openMesh, one.rules)
        const added = withRules(mesh, { central: `${one.rules.central}\n@id("central/added") ${more}` })
        const before = released(compiled(mesh), one.asker, one.rows)
        const after = released(compiled({ ...added, guardrails: added.guardrails.slice(1) }), one.asker, one.rows)
        expect(revealsNoMore(before, after)).toBe(true)
      }),
      { numRuns: runs },
    )
  })

  it('one more restricting label reveals no more', { timeout: 120_000 }, () => {
    const label = fc.constantFrom('pii', 'pii_email', 'phi', 'quasi', 'confidential')
    fc.assert(
      fc.property(rules, label, fc.integer({ min: -1, max: customer.columns.length - 1 }), (one, more, at) => {
        const mesh = onlyRules(openMesh, one.rules)
        const before = released(compiled(mesh), one.asker, one.rows)
        expect(revealsNoMore(before, released(compiled(labelled(mesh, more, at)), one.asker, one.rows))).toBe(true)
      }),
      { numRuns: runs },
    )
  })

  it('one more agent in the chain reveals no more', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(rules, generatedAsker, (one, other) => {
        const policies = compiled(onlyRules(openMesh, one.rules))
        const asker = { ...one.asker, actors: [...one.asker.actors, { ...other.subject, kind: 'Agent' as const }] }
        expect(revealsNoMore(released(policies, one.asker, one.rows), released(policies, asker, one.rows))).toBe(true)
      }),
      { numRuns: runs },
    )
  })

  it('the order of policies and files means nothing', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(rules, fc.infiniteStream(fc.nat()), (one, order) => {
        const mesh = onlyRules(openMesh, one.rules)
        const { policies } = parsePolicies(policyFiles(mesh))
        const keyed = policies.map(policy => ({ policy, key: order.next().value as number }))
        const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ policy }) => policy)
        const [a, b] = [compilePolicies(mesh, policies), compilePolicies(mesh, shuffled)]
        expect(decide(b, one.asker, customer.id)).toEqual(decide(a, one.asker, customer.id))
        expect(discoverable(b, one.asker)).toEqual(discoverable(a, one.asker))
      }),
      { numRuns: runs },
    )
  })

  it('a planted rule that opens is caught: the comparison is not blind', () => {
    const mesh = onlyRules(openMesh, { central: '', sales: '', health: '' })
    const permit = '@id("sales/added") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales");'
    const asker = fc.sample(generatedAsker, { numRuns: 1, seed: 1 })[0] as GeneratedAsker
    const before = released(compiled(mesh), asker, [{}])
    expect(revealsNoMore(before, released(compiled(withRules(openMesh, { sales: permit })), asker, [{}]))).toBe(false)
  })
})
