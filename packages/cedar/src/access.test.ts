import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Mesh, parseMesh } from '@selvage/kernel/contract'
import type { TableId } from '@selvage/kernel/model'
import { compilePolicies, decide, lintPolicies, schemaOf } from '@selvage/kernel/policy'
import { expect, it } from 'vitest'
import { asks, subjects } from '../test/example-mesh.ts'
import { readPolicies } from './read-policies.ts'

const root = join(import.meta.dirname, '..', '..', '..', 'examples', 'mesh')
const contract = 'domains/sales/products/crm/contract.odcs.yaml'

/** The example mesh, the permits of sales replaced by what a contract says. */
function opened(access: string, policies = ''): { mesh: Mesh; line: number } {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    path => /^(mesh\.yaml|guardrails|domains)/.test(path) && /\.(yaml|cedar)$/.test(path) && !path.endsWith('.test.yaml'),
  )
  const files = paths.map(path => {
    const text = readFileSync(join(root, path), 'utf8')
    if (path === 'domains/sales/policies/access.cedar') return { path, text: policies }
    return {
      path,
      text:
        path === contract
          ? `${text.replace(/^customProperties:.*\n(?: .*\n)*/m, '')}customProperties:\n  - property: selvageAccess\n    value:\n${access}`
          : text,
    }
  })
  const { mesh, findings } = parseMesh(files)
  expect(findings).toEqual([])
  return {
    mesh: mesh!,
    line:
      files
        .find(file => file.path === contract)!
        .text.split('\n')
        .findIndex(line => line.includes('role:')) + 1,
  }
}

function read({ mesh }: { mesh: Mesh }) {
  const { policies, findings, unsound } = readPolicies(mesh.domains.flatMap(one => one.policies).concat(mesh.guardrails), schemaOf(mesh))
  return { policies, findings: [...findings, ...unsound, ...lintPolicies(mesh, policies)] }
}

it('opens a product to a role for its purposes, and to nobody else', () => {
  const tree = opened(
    '      - { role: analyst, purposes: [analytics, research] }\n      - { role: sales-rep, purposes: [service-provision] }\n',
  )
  const { policies, findings } = read(tree)
  expect(findings).toEqual([])
  expect(policies.filter(one => one.path === contract).map(({ id, line }) => [id, line])).toEqual([
    ['sales/crm/analyst', tree.line],
    ['sales/crm/sales-rep', tree.line + 1],
  ])
  const compiled = compilePolicies(tree.mesh, policies)
  const rows = (who: Parameters<typeof asks>[0], purpose: string, table = 'sales.crm.customer') => {
    const decision = decide(compiled, asks(who, purpose), table as TableId)
    return 'kind' in decision ? decision.kind : decision.rows.kind
  }
  expect(rows(subjects.analyst, 'analytics')).toBe('all')
  expect(rows(subjects.rep, 'service-provision')).toBe('all')
  expect(rows(subjects.rep, 'analytics')).toBe('none')
  expect(rows(subjects.researcher, 'research')).toBe('hidden')
  expect(rows(subjects.analyst, 'analytics', 'sales.orders.invoice')).toBe('hidden')
})

it('opens single tables', () => {
  const { policies } = read(opened('      - { role: analyst, purposes: [analytics], tables: [customer] }\n'))
  const [own, ...more] = policies.filter(one => one.path === contract)
  expect(more).toEqual([])
  expect(own).toMatchObject({ id: 'sales/crm/analyst/customer', effect: 'permit' })
  expect(JSON.stringify(own!.est)).toContain('"id":"sales.crm.customer"')
})

it('an id of the same name elsewhere is told, with both places', () => {
  const written = '@id("sales/crm/analyst") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales");'
  const { findings } = read(opened('      - { role: analyst, purposes: [analytics] }\n', written))
  expect(findings).toMatchObject([
    { code: 'policy.duplicate_id', file: contract, what: expect.stringContaining('access.cedar:1') as string },
  ])
})
