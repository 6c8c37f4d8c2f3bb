import type { Mesh } from '@selvage/kernel/contract'
import type { Finding } from '@selvage/kernel/model'
import { schemaOf } from '@selvage/kernel/policy'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMesh } from '../test/differences.ts'
import { onlyRules, policyFiles } from '../test/example-mesh.ts'
import { generatedRules } from '../test/generated-rules.ts'
import { readMesh } from './read-mesh.ts'
import { readPolicies } from './read-policies.ts'

const told = (findings: readonly Finding[]): string[] =>
  [...new Set(findings.map(({ file, code, line, column }) => `${file} ${code} ${line}:${column}`))].sort()
const ofDomains = ({ file }: Finding): boolean => file.startsWith('domains/')
const errors = (findings: readonly Finding[]): readonly Finding[] => findings.filter(({ severity }) => severity === 'error')

/** What the gates say, each of its own domain's rules. */
const atGates = (mesh: Mesh): readonly Finding[] =>
  mesh.domains.flatMap(domain => readPolicies([...mesh.guardrails, ...domain.policies], schemaOf({ ...mesh, domains: [domain] })).unsound)
/** Every rule with every row type of the mesh. */
const allTogether = (mesh: Mesh): readonly Finding[] => readPolicies(policyFiles(mesh), schemaOf(mesh)).unsound

describe('what is found in the rules of a whole mesh', () => {
  it('is what each gate finds in its own, and in the guardrails', { timeout: 120_000 }, () => {
    let found = 0
    fc.assert(
      fc.property(generatedRules, rules => {
        const mesh = onlyRules(openMesh, rules)
        const { unsound } = readMesh(mesh)
        expect(told(unsound.filter(ofDomains))).toEqual(told(atGates(mesh).filter(ofDomains)))
        expect(told(errors(unsound).filter(one => !ofDomains(one)))).toEqual(told(errors(atGates(mesh)).filter(one => !ofDomains(one))))
        found += unsound.length
      }),
      { numRuns: 25, seed: 3 },
    )
    expect(found).toBeGreaterThan(20)
  })

  it('is what all row types together find, where a domain speaks of its own', { timeout: 120_000 }, () => {
    let found = 0
    fc.assert(
      fc.property(generatedRules, rules => {
        fc.pre(!rules.sales.includes('health::') && !rules.health.includes('sales::'))
        // Every row of a domain's own has them, so that they need no `has` there; rows of others do not.
        fc.pre(!/\(principal[^)]*resource (in|==) Mesh::[^;]*resource\.(sites|providers|ranks)/.test(rules.sales + rules.health))
        const mesh = onlyRules(openMesh, rules)
        expect(told(readMesh(mesh).unsound)).toEqual(told(allTogether(mesh)))
        found += 1
      }),
      { numRuns: 25, seed: 5 },
    )
    expect(found).toBe(25)
  })

  it('differs where a rule names what its own gate does not know, or where another domain has a column of the same name', () => {
    const foreign = onlyRules(openMesh, {
      sales:
        '@id("sales/x") forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales") when { resource is health::care::conditions };',
    })
    expect([errors(allTogether(foreign)).length, errors(readMesh(foreign).unsound).length, errors(atGates(foreign)).length]).toEqual([
      0, 1, 1,
    ])
    // `age` is a number in census, and a text in health.
    const text =
      '@id("census/x") forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"census") when { resource has age && resource.age > 3 };'
    const clash: Mesh = {
      ...openMesh,
      domains: openMesh.domains.map(domain =>
        domain.name === 'health'
          ? {
              ...domain,
              products: domain.products.map(product => ({
                ...product,
                tables: product.tables.map(table => ({
                  ...table,
                  columns: table.columns.map(column =>
                    column.name === 'patient' ? { ...column, name: 'age' as typeof column.name } : column,
                  ),
                })),
              })),
            }
          : domain,
      ),
    }
    const census = onlyRules(clash, { census: text })
    expect([errors(allTogether(census)).length > 0, errors(readMesh(census).unsound).length, errors(atGates(census)).length]).toEqual([
      true,
      0,
      0,
    ])
  })
})
