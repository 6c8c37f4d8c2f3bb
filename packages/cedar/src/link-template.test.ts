import type { PolicyLink, PolicyText } from '@selvage/kernel/contract'
import { compilePolicies, lintPolicies, schemaOf } from '@selvage/kernel/policy'
import { describe, expect, it } from 'vitest'
import { exampleMesh, onlyRules } from '../test/example-mesh.ts'
import { parsePolicies } from './parse-policies.ts'
import { readPolicies } from './read-policies.ts'

const folder = 'domains/sales/policies'
const body = 'action in Mesh::Action::"use", '
const when = 'when { context.purpose in Mesh::Purpose::"analytics" };'
const template = `\n@id("sales/partner") @reason("partners may") permit (principal is Mesh::User in ?principal, ${body}resource in ?resource) ${when}`
const role = { type: 'Mesh::Role', id: 'analyst' }
const table = { type: 'Mesh::Table', id: 'sales.crm.customer' }
const link: PolicyLink = { id: 'sales/acme', template: 'sales/partner', principal: role, resource: table, line: 3, column: 9 }
const linked = (...links: readonly PolicyLink[]): PolicyText[] => [
  { path: `${folder}/links.yaml`, text: '', links },
  { path: `${folder}/t.cedar`, text: template },
]
const found = (...links: readonly PolicyLink[]) => parsePolicies(linked(...links)).findings.map(one => [one.code, one.file, one.line])
const without = (key: 'principal' | 'resource'): PolicyLink => {
  const { [key]: _, ...rest } = link
  return rest
}

describe('templates and their links', () => {
  it('a template says nothing by itself', () => {
    expect(parsePolicies(linked())).toEqual({ policies: [], findings: [] })
  })

  it('a link is what its template says of it, written out', () => {
    const [policy] = parsePolicies(linked(link)).policies
    const text = `@id("sales/acme") @reason("partners may") permit (principal is Mesh::User in Mesh::Role::"analyst", ${body}resource in Mesh::Table::"sales.crm.customer") ${when}`
    const [written] = parsePolicies([{ path: `${folder}/links.yaml`, text }]).policies
    expect(policy).toEqual({ ...written, line: 3, column: 9 })
  })

  it('is validated, linted and decided as any rule', () => {
    const mesh = onlyRules(exampleMesh, {})
    const domains = mesh.domains.map(domain => (domain.name === 'sales' ? { ...domain, policies: linked(link) } : domain))
    const own = { ...mesh, domains }
    const { policies, findings, unsound } = readPolicies(linked(link), schemaOf(own))
    expect([findings, unsound, lintPolicies(own, policies)]).toEqual([[], [], []])
    expect(compilePolicies(own, policies)).toBeDefined()
    const beyond = { ...link, resource: { type: 'Mesh::Table', id: 'health.care.conditions' } }
    expect(lintPolicies(own, parsePolicies(linked(beyond)).policies).map(one => one.code)).toContain('policy.fence')
    const odd = readPolicies(linked({ ...link, principal: { type: 'Mesh::Nobody', id: 'x' } }), schemaOf(own))
    expect(odd.unsound.map(one => one.code)).toContain('policy.type')
  })

  it.each<[string, PolicyLink]>([
    ['a template that is not there', { ...link, template: 'sales/other' }],
    ['a slot without a value', without('resource')],
    ['a slot without a value, under `is`', without('principal')],
  ])('refuses %s', (_, one) => expect(found(one)).toEqual([['policy.link', `${folder}/links.yaml`, 3]]))

  it('refuses a value without a slot', () => {
    const fixed = { path: `${folder}/f.cedar`, text: `@id("sales/fixed") permit (principal == ?principal, ${body}resource) ${when}` }
    const { findings } = parsePolicies([...linked({ ...link, template: 'sales/fixed' }), fixed])
    expect(findings).toMatchObject([{ code: 'policy.link', what: '`sales/acme`: the template has no `?resource`' }])
  })

  it('an id is one rule’s, also among templates and links', () => {
    expect(found(link, link)).toEqual([['policy.duplicate_id', `${folder}/links.yaml`, 3]])
    expect(found({ ...link, id: 'sales/partner' })).toEqual([['policy.duplicate_id', `${folder}/links.yaml`, 3]])
    expect(found({ ...link, id: 'Sales' })).toEqual([['policy.id', `${folder}/links.yaml`, 3]])
  })

  it('links no template of another folder', () => {
    const elsewhere = { path: 'guardrails/t.cedar', text: template.replace('sales/partner', 'central/partner') }
    expect(parsePolicies([...linked({ ...link, template: 'central/partner' }), elsewhere]).findings).toMatchObject([
      { code: 'policy.link' },
    ])
  })
})
