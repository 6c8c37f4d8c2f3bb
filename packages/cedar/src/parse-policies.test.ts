import { SelvageError } from '@selvage/kernel/model'
import { schemaOf } from '@selvage/kernel/policy'
import { describe, expect, it } from 'vitest'
import { exampleMesh, policyFiles } from '../test/example-mesh.ts'
import { officialDecision } from './official.ts'
import { bounds, parsePolicies } from './parse-policies.ts'
import { checkSchema, validatePolicies } from './validate-policies.ts'

const parse = (text: string) => parsePolicies([{ path: 'p.cedar', text }])
const found = (text: string) => parse(text).findings.map(one => [one.code, one.line, one.column])

describe('parsePolicies', () => {
  it('keeps the order of the file, beyond ten, with the line of each', () => {
    const text = Array.from({ length: 13 }, (_, at) => `// é\n@id("a/p${at}") permit (principal, action, resource);`).join('\n')
    expect(parse(text).policies.map(one => [one.id, one.line])).toEqual(Array.from({ length: 13 }, (_, at) => [`a/p${at}`, at * 2 + 2]))
  })

  it('two policies of the same text have their own lines', () => {
    const text = 'permit (principal, action, resource);\npermit (principal, action, resource);'
    expect(found(text)).toEqual([
      ['policy.id_missing', 1, 1],
      ['policy.id_missing', 2, 1],
    ])
  })

  it('annotations come with, an empty one as the empty text', () => {
    const [policy] = parse('@id("a/b") @reason("because") @shy forbid (principal, action, resource);').policies
    expect(policy).toMatchObject({ effect: 'forbid', annotations: { id: 'a/b', reason: 'because', shy: '' } })
  })

  it('says where a syntax error is, counted in characters', () => {
    expect(found('// ééé 😀\npermit (principal, action, resource) when { 1 + };')).toEqual([['policy.syntax', 2, 49]])
    expect(found('@id("a") @id("b") permit (principal, action, resource);')).toEqual([['policy.syntax', 1, 10]])
  })

  it('ids are needed, well formed and unique over all files', () => {
    expect(found('@id("Nope") permit (principal, action, resource);')).toEqual([['policy.id', 1, 1]])
    const one = { path: 'a.cedar', text: '@id("a/b") permit (principal, action, resource);' }
    const both = parsePolicies([one, { ...one, path: 'b.cedar' }])
    expect(both.policies).toHaveLength(1)
    expect(both.findings).toMatchObject([{ code: 'policy.duplicate_id', file: 'b.cedar', line: 1 }])
  })

  it.each(['9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807', '-9223372036854775808'])(
    'refuses the integer %s',
    number => {
      expect(found(`@id("a/b") permit (principal, action, resource) when { [{ x: ${number} }].contains({ x: 1 }) };`)).toEqual([
        ['policy.integer', 1, 1],
      ])
    },
  )

  it.each(['9007199254740991', '-9007199254740991'])('takes the integer %s', number => {
    expect(found(`@id("a/b") permit (principal, action, resource) when { ${number} == 1 };`)).toEqual([])
  })

  it('refuses what would hurt the engine or be lost', () => {
    expect(
      found(
        `@id("a/b") permit (principal, action, resource) when { ${'('.repeat(bounds.brackets + 1)}true${')'.repeat(bounds.brackets + 1)} };`,
      ),
    ).toEqual([['policy.too_large', undefined, undefined]])
    expect(found(' '.repeat(bounds.fileLength + 1))).toEqual([['policy.too_large', undefined, undefined]])
    expect(found('@id("a/b") permit (principal, action, resource) when { { __proto__: 1 } == { x: 1 } };')).toEqual([
      ['policy.syntax', 1, 58],
    ])
  })

  it('what it takes, the engine takes back as JSON', () => {
    const long = (count: number) =>
      parse(`@id("a/b") permit (principal, action, resource) when { ${Array.from({ length: count }, () => 'true').join(' && ')} };`)
    const most = Array.from({ length: 80 }, (_, at) => at).filter(count => long(count + 1).policies.length === 1).length
    expect(most).toBeGreaterThan(40)
    const nested = parse(
      `@id("a/c") permit (principal, action, resource) when { ${'[['.repeat(18)}1${']]'.repeat(18)}.contains(${'{a:'.repeat(30)}1${'}'.repeat(30)}) };`,
    )
    expect(
      validatePolicies(schemaOf(exampleMesh), [...long(most).policies, ...nested.policies]).filter(one => one.what.includes('recursion')),
    ).toEqual([])
  })

  it.each([
    ['&&', Array.from({ length: 20_000 }, () => 'true').join(' && ')],
    ['||', Array.from({ length: 20_000 }, () => 'true').join(' || ')],
    ['+', `${Array.from({ length: 20_000 }, () => '1').join(' + ')} == 1`],
    ['.', `principal${'.a'.repeat(20_000)}`],
    ['if', `${'if true then true else '.repeat(9_000)} true`],
    ['has', `principal has ${Array.from({ length: 20_000 }, () => 'a').join('.')}`],
    ['set', `[${Array.from({ length: 20_000 }, () => '1').join(',')}].contains(1)`],
    ['!', '!!!!!!!!'.repeat(1_000)],
    ['index', `principal${'["a"]'.repeat(20_000)}`],
    ['call', `principal${'.contains(1)'.repeat(10_000)}`],
  ])('long chains of %s end in a finding or a policy, and the engine lives', (_, body) => {
    const { policies, findings } = parse(`@id("a/b") permit (principal, action, resource) when { ${body} };`)
    expect(policies.length + findings.length).toBe(1)
    expect(parse('@id("a/b") permit (principal, action, resource);').policies).toHaveLength(1)
  })
})

describe('validatePolicies', () => {
  const schema = schemaOf(exampleMesh)
  const check = (text: string) => validatePolicies(schema, parse(text).policies)

  it('the example is valid, without a warning', () => {
    expect(checkSchema(schema)).toEqual([])
    expect(validatePolicies(schema, parsePolicies(policyFiles(exampleMesh)).policies)).toEqual([])
  })

  it('forces `has` on every attribute of rows and subjects', () => {
    const rule = (body: string) =>
      `\n@id("a/b") permit (principal, action in Mesh::Action::"use", resource is sales::crm::customer) when { ${body} };`
    for (const body of ['resource.vip', 'resource.customer_id == 3', 'principal.trainings.contains("hipaa")']) {
      expect(check(rule(body))[0]).toMatchObject({ code: 'policy.type', severity: 'error', file: 'p.cedar', line: 2 })
    }
    expect(check(rule('resource has vip && resource.vip'))).toEqual([])
  })

  it('tells of what can never matter as a warning', () => {
    expect(
      check('@id("a/b") permit (principal, action == Mesh::Action::"read", resource == Mesh::Table::"sales.crm.customer");').map(one => [
        one.code,
        one.severity,
      ]),
    ).toContainEqual(['policy.never', 'warning'])
  })

  it('names what does not exist', () => {
    expect(check('@id("a/b") permit (principal, action == Mesh::Action::"look", resource);')[0]).toMatchObject({
      code: 'policy.type',
      severity: 'error',
    })
  })

  it('a mesh without products still has a schema', () => {
    expect(checkSchema(schemaOf({ ...exampleMesh, domains: [] }))).toEqual([])
  })
})

describe('officialDecision', () => {
  const schema = schemaOf(exampleMesh)
  const purpose = { type: 'Mesh::Purpose', id: 'analytics' }
  const principal = { type: 'Mesh::User', id: 'u' }
  const resource = { type: 'sales::crm::customer', id: 'row' }
  const request = {
    principal,
    resource,
    action: { type: 'Mesh::Action', id: 'read' },
    context: { purpose: { __entity: purpose }, statement: { labels: [] }, proof: 'bearer', degraded: [] },
    entities: [{ uid: principal, attrs: { employee_id: 9007199254740991 }, parents: [] }],
  }

  it('answers with our ids, and with the policies that erred', () => {
    const { policies } = parse(`
      @id("a/b") permit (principal, action in Mesh::Action::"use", resource);
      @id("a/c") forbid (principal, action, resource) when { principal has employee_id && principal.employee_id * 2 > 0 && principal.employee_id * 9007199254740991 > 0 };`)
    expect(officialDecision(schema, policies, request)).toEqual({ decision: 'allow', reasons: ['a/b'], errors: ['a/c'] })
  })

  it('refuses a request that does not fit the schema', () => {
    const { policies } = parse('@id("a/b") permit (principal, action, resource);')
    expect(() => officialDecision(schema, policies, { ...request, action: { type: 'Mesh::Action', id: 'publish' } })).toThrow(SelvageError)
  })
})
