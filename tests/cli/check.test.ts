import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, selvage } from '../dev-mesh.ts'

interface Finding {
  readonly code: string
  readonly severity: string
  readonly file: string
  readonly line?: number
  readonly what: string
  readonly help: string
}

let scratch: string
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'selvage-check-'))
})
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let made = 0
async function check(change: (dir: string) => void): Promise<{ code: number | null; findings: Finding[] }> {
  const dir = join(scratch, String(made++))
  cpSync(join(root, 'examples', 'mesh'), dir, { recursive: true })
  change(dir)
  const { code, out } = await selvage(['check', dir, '--json'])
  const { findings } = JSON.parse(out) as { findings: Finding[] }
  return { code, findings }
}

const crm = 'domains/sales/products/crm/contract.odcs.yaml'
const edit = (path: string, from: string | RegExp, to: string) => (dir: string) => {
  const file = join(dir, path)
  const text = readFileSync(file, 'utf8')
  expect(text, `${path} has ${from}`).toMatch(from)
  writeFileSync(
    file,
    text.replace(from, () => to),
  )
}
const add = (path: string, text: string) => (dir: string) => writeFileSync(join(dir, path), text)

describe('a broken tree', () => {
  test.each<[string, string, (dir: string) => void]>([
    ['an unresolved variable', 'domains/sales/domain.yaml', edit('domains/sales/domain.yaml', '${PARTNER_ISSUER}', '${NOBODY_KNOWS}')],
    ['an unknown semantic type', crm, edit(crm, 'value: email', 'value: e_mail')],
    ['an unknown classification', crm, edit(crm, 'classification: internal', 'classification: secret')],
    ['a name that is not one', crm, edit(crm, 'name: first_name', 'name: First-Name')],
    ['a column twice', crm, edit(crm, 'name: last_name', 'name: first_name')],
    ['an unknown key', crm, edit(crm, 'status: active', 'status: active\nstatuss: active')],
    ['YAML that is none', crm, edit(crm, 'kind: DataContract', 'kind: [')],
    [
      'a label below itself',
      'guardrails/taxonomy.yaml',
      edit(
        'guardrails/taxonomy.yaml',
        '{ kind: restricting, description: Names',
        '{ kind: restricting, parents: [pii], description: Names',
      ),
    ],
    ['an alias bomb', 'mesh.yaml', edit('mesh.yaml', 'name: example', 'name: example\na: &a [x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b,*b]')],
    [
      'a permit of the centre',
      'guardrails/health-data.cedar',
      add('guardrails/health-data.cedar', '@id("central/open")\npermit (principal, action, resource);\n'),
    ],
    [
      'a policy outside its fence',
      'domains/sales/policies/access.cedar',
      add(
        'domains/sales/policies/access.cedar',
        '@id("sales/far") permit (principal, action in Mesh::Action::"use", resource in Mesh::Domain::"health");',
      ),
    ],
    [
      'an attribute without has',
      'domains/sales/policies/access.cedar',
      add(
        'domains/sales/policies/access.cedar',
        '@id("sales/x") permit (principal, action == Mesh::Action::"read", resource is sales::crm::customer) when { resource.country == "x" };',
      ),
    ],
    [
      'a number beyond 2^53',
      'domains/sales/policies/access.cedar',
      add(
        'domains/sales/policies/access.cedar',
        '@id("sales/x") permit (principal, action == Mesh::Action::"read", resource is sales::crm::customer) when { resource has customer_id && resource.customer_id == 9007199254740993 };',
      ),
    ],
    ['an unknown mask', 'guardrails/personal-data.cedar', edit('guardrails/personal-data.cedar', '@mask("token")', '@mask("blur")')],
    ['a policy that is none', 'domains/census/policies/access.cedar', add('domains/census/policies/access.cedar', 'permit (')],
  ])('%s is said, with its place and what would help', async (_, file, change) => {
    const { code, findings } = await check(change)
    const found = findings.filter(finding => finding.severity === 'error' && finding.file === file)
    expect(code).toBe(1)
    expect(found.length, JSON.stringify(findings)).toBeGreaterThan(0)
    for (const { line, what, help } of found)
      expect({ line: typeof line, what: what.length > 0, help: help.length > 0 }).toEqual({ line: 'number', what: true, help: true })
  })

  test('all problems are said at once', async () => {
    const { findings } = await check(dir => {
      edit(crm, 'value: email', 'value: e_mail')(dir)
      edit('domains/sales/domain.yaml', '${PARTNER_ISSUER}', '${NOBODY_KNOWS}')(dir)
      edit('domains/health/domain.yaml', /purposes: \[research\]/, 'purposes: [profit]')(dir)
    })
    expect(new Set(findings.map(finding => finding.file))).toEqual(
      new Set([crm, 'domains/sales/domain.yaml', 'domains/health/domain.yaml']),
    )
  })
})

test('the example has no findings, beside a mask that dates and numbers cannot take', async () => {
  const { code, findings } = await check(() => undefined)
  expect({ code, found: findings.map(one => `${one.severity} ${one.code}`) }).toEqual({ code: 0, found: ['note policy.mask_null'] })
})
