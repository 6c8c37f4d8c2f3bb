import type { Column, Mesh } from '@selvage/kernel/contract'
import { compilePolicies, decide, discoverable } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules, policyFiles, withRules } from '../test/example-mesh.ts'
import { centreRule, type GeneratedAsker, generatedAsker, generatedLabels, generatedRow, generatedRules } from '../test/generated-rules.ts'
import { type Asked, compiled, released as releasedOf, revealsNoMore } from '../test/released.ts'
import { parsePolicies } from './parse-policies.ts'

const runs = Number(process.env.SELVAGE_MONOTONE_RUNS ?? 150)
const customer = tableOf(openMesh, 'sales.crm.customer')

const released = (policies: Parameters<typeof releasedOf>[0], asker: GeneratedAsker, rows: Asked['rows'], labels?: readonly string[]) =>
  releasedOf(policies, customer, { asker, rows, labels })

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

  it('a statement that touches more is shown no more', { timeout: 120_000 }, () => {
    const more = fc.tuple(generatedLabels, generatedLabels)
    fc.assert(
      fc.property(rules, more, (one, [some = [], others = []]) => {
        const policies = compiled(onlyRules(openMesh, one.rules))
        const before = released(policies, one.asker, one.rows, some)
        const after = released(policies, one.asker, one.rows, [...new Set([...some, ...others])])
        expect(revealsNoMore(before, after)).toBe(true)
      }),
      { numRuns: runs },
    )
  })

  it('what a statement touches closes rows where a rule says so', () => {
    const policies = compiled(
      onlyRules(openMesh, {
        central: `@id("central/apart") forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales")
          when { context.statement.labels.contains(Mesh::Label::"phi") };`,
        sales: '@id("sales/p") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales");',
      }),
    )
    const [asker] = fc.sample(generatedAsker, { numRuns: 1, seed: 1 })
    const rows = fc.sample(generatedRow(customer), { numRuns: 2, seed: 1 })
    expect(revealsNoMore(released(policies, asker!, rows, ['phi']), released(policies, asker!, rows, []))).toBe(false)
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

  it('a planted bug is caught: of several masks the first written counts', () => {
    const rules_ = {
      central: `
        @id("central/b") @mask("token") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii");
        @id("central/a") @mask("partial") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"confidential");`,
      sales: '@id("sales/p") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales");',
    }
    const mesh = onlyRules(openMesh, rules_)
    const { policies } = parsePolicies(policyFiles(mesh))
    const firstMask = (list: typeof policies) => {
      const first = list.find(policy => policy.annotations.mask !== undefined)
      return compilePolicies(
        mesh,
        list.filter(policy => policy === first || policy.annotations.mask === undefined),
      )
    }
    const asker = fc.sample(generatedAsker, { numRuns: 1, seed: 1 })[0] as GeneratedAsker
    expect(decide(firstMask([...policies].reverse()), asker, customer.id)).not.toEqual(decide(firstMask(policies), asker, customer.id))
  })

  it('a planted rule that opens is caught: the comparison is not blind', () => {
    const mesh = onlyRules(openMesh, { central: '', sales: '', health: '' })
    const permit = '@id("sales/added") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales");'
    const asker = fc.sample(generatedAsker, { numRuns: 1, seed: 1 })[0] as GeneratedAsker
    const before = released(compiled(mesh), asker, [{}])
    expect(revealsNoMore(before, released(compiled(withRules(openMesh, { sales: permit })), asker, [{}]))).toBe(false)
  })
})
