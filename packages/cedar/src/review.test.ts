import type { Bound, Column, Mesh, QualityRule, Table } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { guardrailReach, reviewPolicies } from '@selvage/kernel/policy'
import { maskLosses } from '@selvage/kernel/protect'
import { describe, expect, it } from 'vitest'
import { exampleMesh, onlyRules, policyFiles, withRules } from '../test/example-mesh.ts'
import { parsePolicies } from './parse-policies.ts'

const policiesOf = (mesh: Mesh) => {
  const { policies, findings } = parsePolicies(policyFiles(mesh))
  expect(findings).toEqual([])
  return policies
}

const supplying = (attributes: readonly string[]): Mesh => ({
  ...exampleMesh,
  domains: exampleMesh.domains.map(domain => ({
    ...domain,
    issuers: [
      {
        alias: 'a' as never,
        issuer: '',
        kind: 'rfc9068',
        token: { type: 'at+jwt', client: 'client_id', require: {} },
        audience: '',
        algorithms: [],
        maxLifetime: 600,
        roles: {},
        rolesClaim: [],
        groups: {},
        groupsClaim: [],
        attributes,
        claims: {},
        agents: [],
        workloads: [],
      },
    ],
  })),
})
const sound = supplying([...exampleMesh.taxonomy.subjectAttributes.keys()])

/** What is told of these rules alone. */
function found(rules: Readonly<Record<string, string>>): string[] {
  const mesh = onlyRules(sound, rules)
  return reviewPolicies(mesh, policiesOf(mesh)).map(one => `${one.code} ${one.file}:${one.line}:${one.column}`)
}
const central = (head: string, rest = '', notes = '') =>
  found({ central: `@id("central/x") ${notes} forbid (principal, ${head}) ${rest};` }).map(one => one.split(' ')[0])
const read = 'action == Mesh::Action::"read", resource'

it('the example gives no warning', () => {
  expect(reviewPolicies(sound, policiesOf(sound)).filter(one => one.code !== 'policy.null_rows')).toEqual([])
})

describe('a guardrail that can never fire on a table', () => {
  const inPhi = `${read} in Mesh::Label::"phi"`
  const byCode = 'when { resource has code && resource.code == "1" }'

  it('is an error for each table without the columns', () => {
    const mesh = onlyRules(exampleMesh, { central: `@id("central/x") @nulls("shown") forbid (principal, ${read}) ${byCode};` })
    const reach = guardrailReach(mesh, policiesOf(mesh))
    const without = reach.filter(one => one.kind === 'never').map(one => one.table)
    const columnsOf = (table: string) =>
      mesh.domains.flatMap(one => one.products.flatMap(product => product.tables)).find(one => one.id === table)!.columns
    expect(without.length).toBeGreaterThan(0)
    for (const { table, kind } of reach) expect(kind).toBe(columnsOf(table).some(column => column.name === 'code') ? 'fires' : 'never')
    expect(central(read, byCode, '@nulls("shown")')).toEqual(without.map(() => 'policy.guardrail_never'))
  })

  it('a waiver of the centre excuses one table, and no more', () => {
    const mesh = onlyRules(exampleMesh, { central: `@id("central/x") forbid (principal, ${read}) ${byCode};` })
    const never = guardrailReach(mesh, policiesOf(mesh)).flatMap(one => (one.kind === 'never' ? [one.table] : []))
    const waived = `@nulls("shown") @waiver("${never.join(', ')}")`
    expect(central(read, byCode, waived)).toEqual([])
    expect(central(read, byCode, `@nulls("shown") @waiver("${never.slice(1).join(',')}")`)).toEqual(['policy.guardrail_never'])
    expect(central(read, '', waived)).toEqual(never.map(() => 'policy.waiver_idle'))
  })

  it('one that lets its condition hold without the column fires, and so does one that asks nothing of the row', () => {
    expect(central(read, 'when { if resource has residency then resource.residency == "EU" else true }')).toEqual([])
    expect(central(read, 'unless { resource has residency && resource.residency == "EU" }')).toEqual([])
    expect(central(inPhi, 'when { context.purpose in Mesh::Purpose::"research" }')).toEqual([])
  })

  it('tables that labels leave out need no waiver', () => {
    expect(central(read, 'when { resource in Mesh::Label::"quasi" }')).toEqual([])
    expect(central(read, 'when { resource in Mesh::Label::"pii" && false }')).toEqual([])
  })
})

describe('rows without a value', () => {
  const sales = (text: string) => found({ sales: text }).map(one => one.split(' ')[0])
  const scope = 'resource is sales::crm::customer'
  const permit = `permit (principal, action in Mesh::Action::"use", ${scope})`
  const forbid = `forbid (principal, action == Mesh::Action::"read", ${scope})`
  const is = 'resource has country && resource.country == "US"'

  it('are shown by a forbid that asks `has`, and by `unless` of a permit', () => {
    expect(sales(`@id("sales/x") ${forbid} when { ${is} };`)).toEqual(['policy.null_rows'])
    expect(sales(`@id("sales/x") ${permit} unless { ${is} };`)).toEqual(['policy.null_rows'])
  })

  it.each([
    `${forbid} when { (${is}) || (principal has employee_id && principal.employee_id == 9) }`,
    `${forbid} when { principal has employee_id || (context.purpose in Mesh::Purpose::"research" && ${is}) }`,
    `${forbid} when { if principal is Mesh::Agent then ${is} else principal has employee_id }`,
    `${forbid} unless { !(${is}) && principal has employee_id }`,
    `${permit} when { !(${is}) || principal has employee_id }`,
    `${permit} when { principal has employee_id && (!(${is}) || context.purpose in Mesh::Purpose::"research") }`,
    `${permit} when { if ${is} then principal has employee_id else principal is Mesh::User }`,
    `@mask("null") forbid (principal, action == Mesh::Action::"reveal", ${scope}) when { (${is}) || principal is Mesh::Agent }`,
  ])('are shown whatever stands beside it: %s', text => {
    expect(sales(`@id("sales/x") ${text};`)).toEqual(['policy.null_rows'])
  })

  it.each([
    `${forbid} when { !(resource has country) || (${is}) }`,
    `${forbid} when { (if resource has country then resource.country == "US" else true) || principal has employee_id }`,
    `${forbid} when { (if resource has country then resource.country else "") like "U*" }`,
    `${permit} when { !(resource has country) || resource.country == "US" || principal has employee_id }`,
    `${permit} when { if resource has country then resource.country == "US" else true }`,
    `${permit} when { resource has country && !(${is}) }`,
    `${permit} when { (${is}) || principal has employee_id }`,
    `${forbid} unless { (${is}) || principal has employee_id }`,
  ])('are not shown, or meant: %s', text => {
    expect(sales(`@id("sales/x") ${text};`)).toEqual([])
  })

  it('are not where the author wrote of them', () => {
    expect(sales(`@id("sales/x") ${forbid} when { if resource has country then resource.country == "US" else true };`)).toEqual([])
    expect(sales(`@id("sales/x") ${forbid} unless { ${is} };`)).toEqual([])
    expect(sales(`@id("sales/x") ${permit} when { ${is} };`)).toEqual([])
    expect(sales(`@id("sales/x") ${permit} unless { resource has country };`)).toEqual([])
    expect(sales(`@id("sales/x") @nulls("shown") ${forbid} when { ${is} };`)).toEqual([])
  })

  it('a required column has no such rows', () => {
    const domains = exampleMesh.domains.map(domain => ({
      ...domain,
      products: domain.products.map(product => ({
        ...product,
        tables: product.tables.map(table => ({ ...table, columns: table.columns.map(column => ({ ...column, required: true })) })),
      })),
    }))
    const mesh = onlyRules({ ...exampleMesh, domains }, { sales: `@id("sales/x") ${forbid} when { ${is} };` })
    expect(reviewPolicies(mesh, policiesOf(mesh))).toEqual([])
  })
})

describe('rows whose set may have lost elements to the quarantine', () => {
  const check: QualityRule = { name: 'known', severity: 'error', check: { kind: 'checkDigit', column: 'id' as Name, scheme: 'luhn' } }
  const counted = (bound: Partial<Bound>, severity: QualityRule['severity'] = 'error'): QualityRule => ({
    name: 'filled',
    severity,
    check: { kind: 'nullValues', columns: ['patient' as Name], bound: { operator: 'mustBe', value: 0, unit: 'rows', ...bound } },
  })

  /** The sets of `conditions` are collected from `encounters`, which has these rules. */
  function reaching(quality: readonly QualityRule[], promise: Partial<Column> = {}): Mesh {
    const tableOf = (table: Table): Table => {
      if (table.name === 'encounters') return { ...table, quality, columns: table.columns.map(one => ({ ...one, ...promise })) }
      return table.sets === undefined ? table : { ...table, sets: table.sets.map(set => ({ ...set, from: 'encounters' as Name })) }
    }
    const domains = sound.domains.map(one => ({
      ...one,
      products: one.products.map(product => ({ ...product, tables: product.tables.map(tableOf) })),
    }))
    return { ...sound, domains }
  }

  const forbid = 'forbid (principal, action == Mesh::Action::"read", resource is health::care::conditions)'
  const permit = 'permit (principal, action in Mesh::Action::"use", resource is health::care::conditions)'
  const holds = 'resource.providers.contains("p1")'
  function told(text: string, mesh = reaching([check])) {
    const own = onlyRules(mesh, { health: `@id("health/x") ${text};` })
    return reviewPolicies(own, policiesOf(own))
  }

  it('is told of a forbid that asks what a set holds, with what keeps rows back', () => {
    expect(told(`${forbid} when { ${holds} }`)).toEqual([
      expect.objectContaining({
        code: 'policy.set_quarantine',
        severity: 'warning',
        file: 'extra/health.cedar',
        line: 1,
        what: '`health/x`: rows are shown where what they reach is quarantined: health.care.conditions.providers (of encounters: known)',
        help: expect.stringContaining('@quarantined("shown")') as string,
      }),
    ])
  })

  it.each([
    `${permit} unless { ${holds} }`,
    `${permit} when { resource.providers.isEmpty() }`,
    `${permit} when { ["p1"].containsAll(resource.providers) }`,
    `${forbid} unless { !resource.ranks.containsAny([1, 2]) }`,
    `${forbid} when { principal is Mesh::User && (context.purpose in Mesh::Purpose::"research" || ${holds}) }`,
    `${forbid} when { if ${holds} then true else false }`,
    `${forbid} when { if principal is Mesh::Agent then ${holds} else false }`,
    `${forbid} when { ["p1"].containsAny(resource.providers) }`,
    `@mask("token") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Product::"health.care") when { resource is health::care::conditions && ${holds} }`,
  ])('is told of %s', text => {
    expect(told(text).map(({ code }) => code)).toEqual(['policy.set_quarantine'])
  })

  it.each([
    `${permit} when { ${holds} }`,
    `${forbid} unless { ${holds} }`,
    `${forbid} when { resource.providers.isEmpty() }`,
    `${forbid} when { ["p1"].containsAll(resource.providers) }`,
    `${forbid} when { if ${holds} then false else true }`,
    `${forbid} when { resource is health::care::encounters && false || false && ${holds} }`,
    `@quarantined("shown") ${forbid} when { ${holds} }`,
  ])('is not of %s', text => {
    expect(told(text).filter(({ code }) => code === 'policy.set_quarantine')).toEqual([])
  })

  it('is not where no row of the other table is kept back alone', () => {
    const codes = (mesh: Mesh) => told(`${forbid} when { ${holds} }`, mesh).map(({ code }) => code)
    expect(codes(reaching([]))).toEqual([])
    expect(codes(reaching([counted({}, 'warning'), counted({ unit: 'percent' }), counted({ operator: 'mustBeGreaterThan' })]))).toEqual([])
    expect(codes(reaching([counted({})]))).toEqual(['policy.set_quarantine'])
    expect(codes(reaching([], { required: true }))).toEqual(['policy.set_quarantine'])
  })
})

describe('attributes of whoever asks', () => {
  const text = (name: string) =>
    `@id("sales/x") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"sales") when { principal has ${name} };`

  it('some issuer of the domain may supply them', () => {
    const codes = (attributes: readonly string[]) => {
      const mesh = onlyRules(supplying(attributes), { sales: text('employee_id') })
      return reviewPolicies(mesh, policiesOf(mesh)).map(one => one.code)
    }
    expect(codes([])).toEqual(['policy.attribute_unsupplied'])
    expect(codes(['employee_id'])).toEqual([])
  })

  it('of a guardrail, some issuer of a domain that it reaches', () => {
    const codes = (product: string) => {
      const forbid = `@id("central/x") forbid (principal, ${read} in Mesh::Product::"${product}") unless { principal has trainings };`
      const mesh = onlyRules(supplying([]), { central: forbid })
      return reviewPolicies(mesh, policiesOf(mesh)).map(one => one.code)
    }
    expect(codes('health.care')).toEqual(['policy.attribute_unsupplied'])
    expect(codes('nobody.knows')).toEqual([])
  })
})

describe('a rule that another does all of', () => {
  const analyst = 'principal in Mesh::Role::"analyst", action in Mesh::Action::"use"'
  const when = 'when { context.purpose in Mesh::Purpose::"analytics" }'
  const pair = (wide: string, narrow: string) => found({ sales: `@id("sales/wide") ${wide};\n@id("sales/narrow") ${narrow};` })
  const wide = `permit (${analyst}, resource in Mesh::Domain::"sales") ${when}`

  it.each([
    ['a table of the domain', `permit (${analyst}, resource in Mesh::Table::"sales.crm.customer") ${when}`],
    ['its rows', `permit (${analyst}, resource is sales::crm::customer) ${when}`],
    [
      'fewer people',
      `permit (principal is Mesh::User in Mesh::Role::"analyst", action == Mesh::Action::"read", resource in Mesh::Domain::"sales") ${when}`,
    ],
    [
      'one more condition',
      `permit (${analyst}, resource in Mesh::Domain::"sales") when { context.purpose in Mesh::Purpose::"analytics" && principal has employee_id }`,
    ],
    ['the same again', wide],
    ['a purpose that is the only one', wide.replace(' in Mesh::Purpose', ' == Mesh::Purpose')],
    ['a list of one', wide.replace('Mesh::Purpose::"analytics"', '[Mesh::Purpose::"analytics"]')],
    ['the other way about', `${wide.replace(when, '')} when { Mesh::Purpose::"analytics" == context.purpose }`],
  ])('is told: %s', (_, narrow) => {
    expect(pair(wide, narrow)).toEqual(['policy.no_effect extra/sales.cedar:2:1'])
  })

  it.each([
    ['another condition', `permit (${analyst}, resource is sales::crm::customer) when { context.purpose in Mesh::Purpose::"research" }`],
    ['no condition', `permit (${analyst}, resource is sales::crm::customer)`],
    ['others', `permit (principal in Mesh::Role::"owner", action in Mesh::Action::"use", resource is sales::crm::customer) ${when}`],
    [
      'another action',
      `permit (principal in Mesh::Role::"analyst", action == Mesh::Action::"audit", resource in Mesh::Domain::"sales") ${when}`,
    ],
    ['a forbid', `forbid (${analyst}, resource is sales::crm::customer) ${when}`],
  ])('has its own effect: %s', (_, narrow) => {
    expect(pair(wide, narrow).filter(one => one.includes('cedar:2'))).toEqual([])
  })

  it('for some of the purposes', () => {
    const of = (condition: string) => `permit (${analyst}, resource in Mesh::Domain::"sales") when { ${condition} }`
    const one = of('context.purpose == Mesh::Purpose::"research"')
    const both = of('context.purpose in [Mesh::Purpose::"research", Mesh::Purpose::"analytics"]')
    expect(pair(both, one)).toEqual(['policy.no_effect extra/sales.cedar:2:1'])
    expect(pair(of('context.purpose == Mesh::Purpose::"analytics" || context.purpose in Mesh::Purpose::"research"'), one)).toHaveLength(1)
    expect(pair(one, both)).toEqual(['policy.no_effect extra/sales.cedar:1:1'])
    expect(pair(one, of('context.purpose in Mesh::Purpose::"analytics"'))).toEqual([])
    expect(pair(one, of('context.purpose != Mesh::Purpose::"research"'))).toEqual([])
  })

  it('a guardrail only where the centre does all of it, since a domain may stop', () => {
    const forbid = `forbid (principal, action == Mesh::Action::"read", resource in Mesh::Domain::"sales")`
    const guardrail = (id: string, notes = '') => `@id("central/${id}") ${notes} ${forbid} ${when};\n`
    expect(found({ central: guardrail('x'), sales: `@id("sales/x") ${forbid};` })).toEqual([])
    expect(found({ central: guardrail('x'), sales: `@id("sales/x") ${forbid} ${when};` })).toEqual([
      'policy.no_effect extra/sales.cedar:1:1',
    ])
    expect(found({ central: guardrail('x') + guardrail('y') })).toEqual(['policy.no_effect extra/central.cedar:2:1'])
  })

  it('a permit of what is forbidden whatever else', () => {
    const forbid = `forbid (${analyst}, resource in Mesh::Product::"sales.crm")`
    expect(pair(forbid, `permit (${analyst}, resource is sales::crm::customer)`)).toEqual(['policy.no_effect extra/sales.cedar:2:1'])
    expect(pair(forbid, `permit (${analyst}, resource in Mesh::Domain::"sales")`)).toEqual([])
    expect(pair(`${forbid} when { principal has employee_id }`, `permit (${analyst}, resource is sales::crm::customer)`)).toEqual([])
  })

  it('a mask hides only the same mask; a forbid that errs first is another', () => {
    const reveal = 'forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Product::"sales.crm")'
    const masks = (first: string, second: string) =>
      found({ sales: `@id("sales/a") ${first} ${reveal};\n@id("sales/b") ${second} ${reveal};` }).length
    expect(masks('@mask("token")', '@mask("token")')).toBe(1)
    expect(masks('@mask("token")', '@mask("partial")')).toBe(0)
    expect(masks('', '@mask("token")')).toBe(1)
    const forbid = (body: string) => `forbid (principal, action, resource in Mesh::Domain::"sales") when { ${body} }`
    expect(pair(forbid('principal has trainings'), forbid('principal has employee_id && principal has trainings'))).toHaveLength(0)
    expect(pair(forbid('principal has trainings'), forbid('principal has trainings && principal has employee_id')).length).toBe(1)
  })
})

it('masks that a column cannot take are noted, once a rule', () => {
  const pii = (mask: string) => {
    const mesh = withRules(exampleMesh, {
      central: `@id("central/x") @mask("${mask}") forbid (principal, action == Mesh::Action::"reveal", resource);`,
    })
    return maskLosses(mesh, policiesOf(mesh)).filter(one => one.file === 'extra/central.cedar')
  }
  const [token, ...more] = pii('token')
  expect(more).toEqual([])
  expect(token).toMatchObject({ code: 'policy.mask_null', severity: 'note', what: expect.stringContaining('(BIGINT)') as string })
  expect(token!.what).not.toContain('(VARCHAR)')
  expect(pii('null')).toEqual([])
})
