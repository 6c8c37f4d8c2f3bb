import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { root, selvage } from '../dev-mesh.ts'

// Each runs the command several times, on one of two busy cores.
vi.setConfig({ testTimeout: 120_000 })

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-policies-'))
  for (const part of ['mesh.yaml', 'guardrails', 'domains'])
    cpSync(join(root, 'examples', 'mesh', part), join(dir, part), { recursive: true })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

test('the example is laid out; a file that is not is told by --check and put right without', async () => {
  const path = join(dir, 'domains/census/policies/access.cedar')
  const text = readFileSync(path, 'utf8')
  expect(await selvage(['fmt', dir, '--check'])).toMatchObject({ code: 0, out: '' })
  writeFileSync(path, text.replace(/\s+/g, ' '))
  const told = await selvage(['fmt', dir, '--check'])
  expect(told).toMatchObject({ code: 1, out: 'domains/census/policies/access.cedar\n' })
  expect(readFileSync(path, 'utf8')).not.toBe(text)
  expect(await selvage(['fmt', dir])).toMatchObject({ code: 0 })
  expect(readFileSync(path, 'utf8')).toBe(text)
  writeFileSync(path, 'permit (')
  const broken = await selvage(['fmt', dir, '--json'])
  expect({ code: broken.code, ...(JSON.parse(broken.out) as object) }).toMatchObject({ code: 1, findings: [{ code: 'policy.syntax' }] })
  writeFileSync(path, text)
})

test('`check` lays parts of a mesh over it, and prints guardrails beside tables', async () => {
  const refused = join(root, 'examples', 'refused')
  const { code, out } = await selvage([
    'check',
    join(refused, 'base'),
    '--with',
    join(refused, 'policy.guardrail_never'),
    '--matrix',
    '--json',
  ])
  expect({ code, ...(JSON.parse(out) as object) }).toMatchObject({
    code: 1,
    ok: false,
    reach: [
      { rule: 'central/residency', table: 'shop.sales.orders', kind: 'never' },
      { rule: 'central/pii', table: 'shop.sales.orders', kind: 'fires' },
    ],
  })
  expect(await selvage(['check', join(refused, 'base'), '--with', join(refused, 'nothing')])).toMatchObject({ code: 64 })
})

test('`policy show` prints what a contract stands for', async () => {
  expect(await selvage(['policy', 'show', dir])).toMatchObject({ code: 0, out: '' })
  const contract = join(dir, 'domains/sales/products/crm/contract.odcs.yaml')
  const access = 'customProperties:\n  - { property: selvageAccess, value: [{ role: steward, purposes: [service-provision] }] }\n'
  writeFileSync(contract, readFileSync(contract, 'utf8').replace(/^customProperties:.*\n(?: .*\n)*/m, '') + access)
  expect(
    (await selvage(['policy', 'show', dir, '--product', 'sales.crm'])).out.trim(),
  ).toBe(`// sales.crm, from domains/sales/products/crm/contract.odcs.yaml
@id("sales/crm/steward")
@reason("the contract opens it to steward for service-provision")
permit (
  principal in Mesh::Role::"steward",
  action in Mesh::Action::"use",
  resource in Mesh::Product::"sales.crm"
)
when { context.purpose in Mesh::Purpose::"service-provision" };`)
  const { out } = await selvage(['policy', 'show', dir, '--json'])
  expect(JSON.parse(out)).toMatchObject({ products: [{ product: 'sales.crm', rules: ['sales/crm/steward'] }] })
  expect(await selvage(['policy', 'show', dir, '--product', 'sales.none'])).toMatchObject({ code: 64 })
})

test('`plan` says which signers’ bundles its changes come from', async () => {
  const [domain, centre] = ['domains/census/policies/access.cedar', 'guardrails/personal-data.cedar'].map(path => join(dir, path)) as [
    string,
    string,
  ]
  const before = [domain, centre].map(path => readFileSync(path, 'utf8'))
  cpSync(join(root, 'examples', 'mesh', 'directory.yaml'), join(dir, 'directory.yaml'))
  const was = `${dir}-before`
  cpSync(dir, was, { recursive: true })
  const plan = async (...more: string[]) => (await selvage(['plan', dir, '--against', was, '--state', join(dir, 'none'), ...more])).out
  const from = async (): Promise<string[]> => {
    const { changes } = JSON.parse(await plan('--json')) as { changes: { table: string; signers: string[] }[] }
    return [...new Set(changes.map(({ table, signers }) => `${table.split('.')[0]}: ${signers.join('+')}`))].sort()
  }
  writeFileSync(
    domain,
    `${before[0]}\n@id("census/more") permit (principal in Mesh::Role::"steward", action in Mesh::Action::"use", resource in Mesh::Domain::"census");\n`,
  )
  expect(await from()).toEqual(['census: census'])
  expect(await plan()).not.toContain('signed by')
  writeFileSync(centre, before[1]!.replace('@mask("token")', '@mask("null")'))
  const both = await from()
  expect(both).toContain('sales: centre')
  expect(both.filter(one => one.startsWith('census'))).toEqual(['census: centre+census'])
  const text = await plan()
  expect([...text.matchAll(/^signed by .*$/gm)].map(([line]) => line)).toEqual(['signed by centre:', 'signed by centre and census:'])
  expect(text).toMatch(/\nto sign: centre, census\n$/)
  expect(text).not.toContain('says nothing')
  writeFileSync(
    centre,
    `${before[1]}\n@id("central/together") forbid (principal, action == Mesh::Action::"read", resource in Mesh::Label::"phi") when { context.statement.labels.containsAll([Mesh::Label::"phi", Mesh::Label::"quasi"]) };\n`,
  )
  const unsaid = 'central/together looks at what a statement touches together: of what it does to several columns'
  expect(await plan()).toContain(`\n\n${unsaid}`)
  expect(JSON.parse(await plan('--json'))).toMatchObject({ unsaid: [expect.stringContaining(unsaid)] })
  for (const [at, path] of [domain, centre].entries()) writeFileSync(path, before[at]!)
  rmSync(join(dir, 'directory.yaml'))
  rmSync(was, { recursive: true })
})

test('`plan` says where no directory names anybody, and where it cannot be saved', async () => {
  const rules = join(dir, 'domains/census/policies/access.cedar')
  const text = readFileSync(rules, 'utf8')
  writeFileSync(
    rules,
    `${text}\n@id("census/more") permit (principal in Mesh::Role::"steward", action in Mesh::Action::"use", resource in Mesh::Domain::"census");\n`,
  )
  const plan = (...more: string[]) =>
    selvage(['plan', dir, '--against', join(root, 'examples', 'mesh'), '--state', join(dir, 'none'), ...more])
  const told = await plan()
  expect(told.out, told.err).toMatch(/^to sign: .*census; no directory\.yaml names anybody/)
  expect(told.code).toBe(2)
  expect(await plan('--out', join(dir, 'none', 'plan.json'))).toMatchObject({ code: 64, err: expect.stringContaining('(ENOENT)') })
  writeFileSync(rules, text)
})
