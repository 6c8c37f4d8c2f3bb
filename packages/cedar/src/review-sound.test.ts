import { compilePolicies, type PolicyJson, reviewPolicies } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh, tableOf } from '../test/differences.ts'
import { onlyRules, policyFiles } from '../test/example-mesh.ts'
import { generatedAsker, generatedRow } from '../test/generated-askers.ts'
import { generatedRules } from '../test/generated-rules.ts'
import { compiled, released } from '../test/released.ts'
import { parsePolicies } from './parse-policies.ts'

const runs = Number(process.env.SELVAGE_MONOTONE_RUNS ?? 15)
const customer = tableOf(openMesh, 'sales.crm.customer')

interface Est {
  readonly conditions: readonly unknown[]
  readonly annotations?: object
}

/** A rule much like another: for fewer, or where something else holds. */
function like(policy: PolicyJson, how: number): PolicyJson {
  const est = policy.est as Est
  const id = `${policy.id}-like`
  const known = { kind: 'when', body: { has: { left: { Var: 'principal' }, attr: 'employee_id' } } }
  const customers = how > 3 && policy.path.includes('sales') ? { resource: { op: 'is', entity_type: 'sales::crm::customer' } } : {}
  const conditions = [[...est.conditions, known], [known, ...est.conditions], est.conditions, [known]][how % 4]
  const annotations = { ...policy.annotations, id }
  return { ...policy, id, annotations, est: { ...est, ...customers, conditions, annotations } }
}

/** Without one nobody sees anything, and forbids would all look alike. */
const open =
  '@id("sales/open") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales") when { principal has employee_id || principal has trainings };'

describe('what is said to have no effect', () => {
  it('changes no row, cell or mask for anybody when it is removed', { timeout: 120_000 }, () => {
    let removed = 0
    fc.assert(
      fc.property(
        generatedRules,
        fc.array(generatedAsker, { minLength: 3, maxLength: 3 }),
        fc.array(generatedRow(customer), { minLength: 4, maxLength: 4 }),
        fc.array(fc.nat(7), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        (rules, askers, rows, ways, opened) => {
          const mesh = onlyRules(openMesh, opened ? { ...rules, sales: `${rules.sales}\n${open}` } : rules)
          const { policies } = parsePolicies(policyFiles(mesh))
          const all = [...policies, ...ways.flatMap((way, at) => (policies[at] === undefined ? [] : [like(policies[at], way)]))]
          const idle = reviewPolicies(mesh, all).filter(one => one.code === 'policy.no_effect')
          const before = compilePolicies(mesh, all)
          for (const { what } of idle) {
            const id = /^`([^`]+)`/.exec(what)![1]
            const after = compilePolicies(
              mesh,
              all.filter(policy => policy.id !== id),
            )
            for (const asker of askers)
              expect(released(after, customer, { asker, rows }), `without ${id}`).toEqual(released(before, customer, { asker, rows }))
            removed += 1
          }
        },
      ),
      { numRuns: runs },
    )
    expect(removed).toBeGreaterThan(runs / 2)
  })

  it('nor for whatever purpose, where two rules differ in those alone', () => {
    const [analytics, research, fraud] = ['analytics', 'research', 'fraud-analytics'].map(name => `Mesh::Purpose::"${name}"`)
    const asked = [
      `context.purpose in ${analytics}`,
      `context.purpose in [${analytics}]`,
      `context.purpose == ${analytics}`,
      `${fraud} == context.purpose`,
      `context.purpose in [${fraud}, ${research}]`,
      `context.purpose == ${fraud} || context.purpose == ${research}`,
      `context.purpose != ${research}`,
      'true',
    ]
    const subject = { kind: 'User' as const, id: 'a', roles: ['everybody'], groups: [], attributes: {} }
    const seen = (rules: readonly string[], purpose: string): string => {
      const policies = compiled(onlyRules(openMesh, { sales: rules.join('\n') }))
      return JSON.stringify(released(policies, customer, { asker: { subject, actors: [], purpose }, rows: [{}] }))
    }
    const scope = 'permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales")'
    const ruleOf = (id: string, condition: string): string => `@id("sales/${id}") ${scope} when { ${condition} };`
    const idle = asked.flatMap(one =>
      asked.flatMap(other => {
        const rules = [ruleOf('by', other), ruleOf('one', one)]
        const mesh = onlyRules(openMesh, { sales: rules.join('\n') })
        const found = reviewPolicies(mesh, parsePolicies(policyFiles(mesh)).policies)
        return found.some(({ what }) => what.startsWith('`sales/one`: it has no effect')) ? [{ rules, one, other }] : []
      }),
    )
    expect(idle.length).toBeGreaterThan(asked.length * 2)
    for (const { rules, one, other } of idle)
      for (const purpose of openMesh.taxonomy.purposes.keys())
        expect(seen(rules.slice(0, 1), purpose), `${one}, beside ${other}, for ${purpose}`).toBe(seen(rules, purpose))
  })
})
