import type { Mesh } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import { compilePolicies, lintPolicies } from '@selvage/kernel/policy'
import { describe, expect, it } from 'vitest'
import { exampleMesh, policyFiles, withRules } from '../test/example-mesh.ts'
import { parsePolicies } from './parse-policies.ts'

/** The codes that the linter finds in one more policy of an author. */
function found(author: string, text: string, mesh: Mesh = exampleMesh): string[] {
  const more = withRules(mesh, { [author]: `\n${text}` })
  const { policies, findings } = parsePolicies(policyFiles(more))
  expect(findings).toEqual([])
  const linted = lintPolicies(more, policies)
  for (const one of linted) expect(one).toMatchObject({ file: `extra/${author}.cedar`, line: 2 })
  expect(JSON.stringify(linted)).not.toMatch(/[\p{Bidi_Control}\p{Cc}]|\\u001b/u)
  if (linted.some(one => one.severity === 'error')) expect(() => compilePolicies(more, policies)).toThrow(SelvageError)
  return linted.map(one => one.code)
}

const sales = (body: string, head = 'permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer)') =>
  found('sales', `@id("sales/x") ${head} when { ${body} };`)
const central = (scope: string, rest = '', id = 'central/x') => found('central', `@id("${id}") forbid (${scope}) ${rest};`)

it('the example passes', () => {
  expect(lintPolicies(exampleMesh, parsePolicies(policyFiles(exampleMesh)).policies)).toEqual([])
})

describe('what people read', () => {
  it('annotations hold nothing that cannot be seen, and no finding shows it', () => {
    const hidden = String.raw`\u{202e}\u{1b}[31m`
    for (const text of [
      `@id("sales/x") @reason("why ${hidden}") forbid (principal, action, resource is sales::crm::customer);`,
      `@id("sales/x") @mask("null") @note("${hidden}") forbid (principal, action == Mesh::Action::"reveal", resource is sales::crm::customer);`,
    ])
      expect(found('sales', text)).toEqual(['text.character'])
  })
})

describe('who may write what', () => {
  it('the centre may only forbid, under its own name', () => {
    expect(found('central', '@id("central/x") permit (principal, action, resource);')).toEqual(['policy.centre_permits'])
    expect(central('principal, action, resource', '', 'sales/x')).toEqual(['policy.id_prefix'])
    expect(central('principal, action, resource')).toEqual([])
  })

  it('the centre names no row type', () => {
    expect(central('principal, action, resource is sales::crm::customer')).toEqual(['policy.central_row_type'])
    expect(central('principal, action, resource', 'when { resource is health::care::conditions }')).toEqual(['policy.central_row_type'])
    expect(central('principal, action, resource', 'when { resource has country && resource.country == "x" }')).toEqual([])
  })

  it('what the centre says of another domain is a warning at a gate', () => {
    const gate = { ...exampleMesh, domains: exampleMesh.domains.slice(0, 1) }
    const text = '@id("central/x") forbid (principal, action, resource in Mesh::Product::"health.care");'
    expect(found('central', text, gate)).toEqual(['policy.unknown_product'])
    const more = withRules(gate, { central: text })
    expect(() => compilePolicies(more, parsePolicies(policyFiles(more)).policies)).not.toThrow()
  })

  it.each([
    'resource',
    'resource in Mesh::Domain::"health"',
    'resource in Mesh::Product::"health.care"',
    'resource in Mesh::Label::"open"',
    'resource is Mesh::Product',
    'resource is Mesh::Column in Mesh::Label::"open"',
    'resource is health::care::conditions',
    'resource in Mesh::Label::"origin/sales/crm"',
  ])('a domain permits inside its fence only: %s', scope => {
    expect(found('sales', `@id("sales/x") permit (principal, action == Mesh::Action::"discover", ${scope});`)).toContain('policy.fence')
  })

  it.each([
    'resource in Mesh::Domain::"sales"',
    'resource == Mesh::Product::"sales.crm"',
    'resource in Mesh::Table::"sales.crm.customer"',
    'resource in Mesh::Column::"sales.crm.customer.email"',
    'resource is Mesh::Column in Mesh::Domain::"sales"',
    'resource is sales::crm::customer in Mesh::Label::"open"',
  ])('inside the fence: %s', scope => {
    expect(found('sales', `@id("sales/x") permit (principal, action == Mesh::Action::"discover", ${scope});`)).toEqual([])
  })

  it('a domain may forbid on what descends from it', () => {
    expect(found('sales', '@id("sales/x") forbid (principal, action, resource in Mesh::Label::"origin/sales/crm");')).toEqual([])
    expect(found('sales', '@id("sales/x") forbid (principal, action, resource in Mesh::Label::"origin/health/care");')).toEqual([
      'policy.fence',
    ])
  })

  it('a name that only begins alike is not one’s own', () => {
    expect(
      found(
        'sales',
        '@id("sales/x") permit (principal, action == Mesh::Action::"read", resource in Mesh::Table::"sales_eu.crm.customer");',
      ),
    ).toEqual(['policy.fence', 'policy.unknown_table'])
    expect(
      found('sales', '@id("sales_eu/x") permit (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales");'),
    ).toEqual(['policy.id_prefix'])
  })

  it('`declare` is permitted by domain.yaml only', () => {
    expect(
      found('sales', '@id("sales/x") permit (principal, action == Mesh::Action::"declare", resource in Mesh::Domain::"sales");'),
    ).toEqual(['policy.declare_generated'])
    expect(found('sales', '@id("sales/x") permit (principal, action, resource in Mesh::Domain::"sales");')).toEqual([
      'policy.declare_generated',
    ])
    expect(
      found(
        'sales',
        '@id("selvage/declare/sales/x") permit (principal, action == Mesh::Action::"declare", resource in Mesh::Domain::"sales");',
      ),
    ).toEqual(['policy.id_reserved'])
  })

  it('a file belongs to one author', () => {
    const path = 'shared.cedar'
    const text = '@id("sales/x") permit (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales");'
    const [first, ...rest] = exampleMesh.domains
    const twice = { ...exampleMesh, guardrails: [{ path, text }], domains: [{ ...first!, policies: [{ path, text }] }, ...rest] }
    const { policies } = parsePolicies([{ path, text }])
    expect(lintPolicies(twice, policies).map(one => one.code)).toEqual(['policy.origin'])
    expect(lintPolicies(exampleMesh, policies).map(one => one.code)).toEqual(['policy.origin'])
  })

  it('an id is taken once', () => {
    const { policies } = parsePolicies(policyFiles(exampleMesh))
    expect(lintPolicies(exampleMesh, [...policies, ...policies.slice(0, 1)]).map(one => one.code)).toEqual(['policy.duplicate_id'])
  })
})

describe('masks', () => {
  const reveal = 'principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii"'
  const masked = (mask: string, scope = reveal, effect = 'forbid') =>
    found('central', `@id("central/x") @mask("${mask}") ${effect} (${scope});`)

  it('known transforms, on a forbid of reveal alone', () => {
    for (const mask of ['partial', 'generalize', 'token', 'null']) expect(masked(mask)).toEqual([])
    for (const mask of ['clear', 'hash', '']) expect(masked(mask)).toEqual(['policy.mask_unknown'])
    expect(masked('token', reveal.replace('== Mesh::Action::"reveal"', 'in Mesh::Action::"use"'))).toEqual(['policy.mask_action'])
    expect(masked('token', 'principal, action, resource in Mesh::Label::"pii"')).toEqual(['policy.mask_action'])
    expect(masked('token', 'principal, action == Mesh::Action::"read", resource in Mesh::Label::"pii"')).toEqual(['policy.mask_action'])
    expect(
      found(
        'sales',
        '@id("sales/x") @mask("token") permit (principal, action == Mesh::Action::"reveal", resource in Mesh::Domain::"sales");',
      ),
    ).toEqual(['policy.mask_effect'])
  })
})

describe('labels', () => {
  it('permits and `unless` name releasing labels only', () => {
    expect(sales('resource in Mesh::Label::"pii"')).toEqual(['policy.label_restricting'])
    expect(sales('!(resource in Mesh::Label::"pii")')).toEqual(['policy.label_restricting'])
    expect(sales('resource in Mesh::Label::"open"')).toEqual([])
    const scoped = 'permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer in Mesh::Label::"confidential")'
    expect(sales('true', scoped)).toEqual(['policy.label_restricting'])
    const all = 'principal, action == Mesh::Action::"read", resource'
    expect(central(all, 'unless { resource in Mesh::Label::"pii" }')).toEqual(['policy.label_restricting'])
    expect(central(all, 'unless { resource in [Mesh::Label::"open", Mesh::Label::"pii"] }')).toEqual(['policy.label_restricting'])
    expect(central(all, 'when { !(resource in Mesh::Label::"pii") }')).toEqual(['policy.label_restricting'])
    expect(central(all, 'when { (resource in Mesh::Label::"pii") == true }')).toEqual(['policy.label_restricting'])
    expect(central(all, 'when { if resource in Mesh::Label::"pii" then false else true }')).toEqual(['policy.label_restricting'])
    expect(central(all, 'unless { resource in Mesh::Label::"open" }')).toEqual([])
    expect(central(all, 'when { resource in Mesh::Label::"pii" || !(!(resource in Mesh::Label::"phi")) }')).toEqual([])
    expect(central(all, 'unless { !(resource in Mesh::Label::"pii") }')).toEqual([])
  })

  it('a releasing label with a restricting one below it opens too', () => {
    const labels = new Map([
      ...exampleMesh.taxonomy.labels,
      ['below', { name: 'below', kind: 'restricting', classification: false, parents: ['open'] }] as const,
    ])
    const mesh = { ...exampleMesh, taxonomy: { ...exampleMesh.taxonomy, labels } }
    const text =
      '@id("sales/x") permit (principal, action == Mesh::Action::"read", resource is sales::crm::customer in Mesh::Label::"open");'
    expect(found('sales', text, mesh)).toEqual(['policy.label_restricting'])
  })
})

describe('what a statement touches', () => {
  const forbid = 'forbid (principal, action in Mesh::Action::"use", resource is sales::crm::customer)'
  const touches = 'context.statement.labels.contains(Mesh::Label::"public")'

  it.each([
    touches,
    `resource has country && (${touches} || resource.country == "x")`,
    'context.statement.labels.containsAny([Mesh::Label::"pii", Mesh::Label::"open"])',
    'context.statement.labels.containsAll([Mesh::Label::"pii", Mesh::Label::"open"])',
    `if resource has country then ${touches} else true`,
    `!!(${touches})`,
  ])('a forbid may ask it: %s', body => {
    expect(sales(body, forbid)).toEqual([])
  })

  it.each([
    `!(${touches})`,
    `!(resource has country && ${touches})`,
    `if ${touches} then true else true`,
    `(${touches}) == true`,
    'context.statement.labels.isEmpty()',
    '!context.statement.labels.isEmpty()',
    'context.statement.labels == [Mesh::Label::"public"]',
    '[Mesh::Label::"public"].containsAll(context.statement.labels)',
    'context.statement.labels.containsAll(context.statement.labels)',
    'context has statement',
    'context == context',
  ])('nothing may open by it: %s', body => {
    expect(sales(body, forbid)).toEqual(['policy.statement_opens'])
  })

  it('a permit may not ask it, nor an `unless`', () => {
    expect(sales(touches)).toEqual(['policy.statement_opens'])
    expect(sales(`!(${touches})`)).toEqual(['policy.statement_opens'])
    expect(found('sales', `@id("sales/x") ${forbid} unless { ${touches} };`)).toEqual(['policy.statement_opens'])
    expect(sales('context.statement.labels.contains(Mesh::Label::"nothing")', forbid)).toEqual(['policy.unknown_label'])
  })
})

describe('names', () => {
  it('labels, purposes, roles and products must exist', () => {
    expect(central('principal, action, resource in Mesh::Label::"pi"')).toEqual(['policy.unknown_label'])
    expect(central('principal in Mesh::Role::"analist", action, resource')).toEqual(['policy.unknown_role'])
    expect(central('principal in Mesh::Group::"emea", action, resource')).toEqual(['policy.unknown_group'])
    expect(central('principal, action, resource', 'unless { context.purpose in Mesh::Purpose::"serviceprovision" }')).toEqual([
      'policy.unknown_purpose',
    ])
    expect(found('sales', '@id("sales/x") forbid (principal, action, resource in Mesh::Product::"sales.crmm");')).toEqual([
      'policy.unknown_product',
    ])
    expect(found('sales', '@id("sales/x") forbid (principal, action, resource in Mesh::Column::"sales.crm.customer.emial");')).toEqual([
      'policy.unknown_column',
    ])
  })
})

describe('translation', () => {
  it('no arithmetic on the row', () => {
    expect(sales('resource has customer_id && resource.customer_id + 1 > 2')).toEqual(['policy.arithmetic'])
    expect(sales('resource has customer_id && -resource.customer_id > 2')).toEqual(['policy.arithmetic'])
    expect(sales('(if resource has vip then 1 else 2) * 3 > 2')).toEqual(['policy.arithmetic'])
    expect(sales('resource has customer_id && principal has employee_id && principal.employee_id + 1 == resource.customer_id')).toEqual([])
  })

  it('nothing that an engine cannot carry out', () => {
    expect(sales('resource has country && ip(resource.country).isLoopback()')).toContain('policy.untranslatable')
    expect(sales('resource has country && decimal("1.0").lessThan(decimal(resource.country))')).toContain('policy.untranslatable')
    expect(sales('ip("10.0.0.1").isLoopback() && datetime("2024-01-01") < datetime("2024-01-02")')).toEqual([])
    expect(sales('principal.hasTag("x")')).toEqual(['policy.untranslatable'])
    for (const whole of [
      'resource.sites == ["a"]',
      '["a"].containsAll(resource.sites)',
      'resource.sites.containsAny(resource.sites)',
      '[resource.sites].isEmpty()',
      '(if principal is Mesh::User then resource.sites else ["a"]).isEmpty()',
      '{ x: resource.sites }.x.contains("a")',
    ])
      expect([whole, sales(`resource has sites && ${whole}`)]).toEqual([whole, ['policy.untranslatable']])
    expect(sales('resource.sites.contains("a") && resource.sites.containsAny(["b"]) && !resource.sites.isEmpty()')).toEqual([])
    expect(sales('resource has country && resource.country == "a\\0b"')).toEqual(['policy.untranslatable'])
    expect(sales('resource has country && resource.country like "\\0*"')).toEqual(['policy.untranslatable'])
  })

  it('a row has no identity', () => {
    expect(sales('resource == sales::crm::customer::"1"')).toEqual(['policy.row_identity'])
    expect(sales('resource in sales::crm::customer::"1"')).toEqual(['policy.row_identity'])
    expect(sales('[resource].contains(resource)')).toEqual(['policy.row_identity'])
    expect(sales('true', 'permit (principal, action in Mesh::Action::"use", resource == sales::crm::customer::"1")')).toEqual([
      'policy.row_identity',
    ])
  })

  it('a column that policies cannot read is told, where the rule concerns its table', () => {
    expect(sales('resource has born')).toEqual(['policy.unmapped_column'])
    expect(central('principal, action == Mesh::Action::"read", resource in Mesh::Label::"phi"', 'when { resource has born }')).toEqual([])
    expect(central('principal, action, resource', 'when { resource has born }')).toEqual(['policy.unmapped_column'])
  })
})

describe('what is not lint-clean still fails closed', () => {
  it('JSON that is no policy is refused', () => {
    const [policy] = parsePolicies(policyFiles(exampleMesh)).policies
    for (const est of [
      null,
      {},
      [],
      { ...(policy!.est as object), effect: 'permit' },
      { ...(policy!.est as object), conditions: [{ kind: 'when', body: {} }] },
    ]) {
      expect(lintPolicies(exampleMesh, [{ ...policy!, est }]).map(one => one.code)).toEqual(['policy.malformed'])
      expect(() => compilePolicies(exampleMesh, [{ ...policy!, est }])).toThrow(SelvageError)
    }
  })
})
