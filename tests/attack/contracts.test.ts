import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkTree, type TreeFile } from '../../packages/cli/src/tree.ts'
import { meshTree } from '../golden/tree.ts'
import { seed, share } from './share.ts'
import { obeyed, texts } from './texts.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const crm = 'domains/shop/products/crm/contract.odcs.yaml'
const domain = 'domains/shop/domain.yaml'
const taxonomy = 'guardrails/taxonomy.yaml'
const rules = 'domains/shop/policies/rules.cedar'
const policy = `@id("shop/rule") @mask("token") @reason("why")
forbid (principal in Mesh::Role::"analyst", action == Mesh::Action::"reveal", resource in Mesh::Column::"shop.crm.customer.email")
when { context.purpose in Mesh::Purpose::"analytics" };
@id("shop/other") permit (principal, action == Mesh::Action::"read", resource is shop::crm::customer)
when { resource has country && (resource.country == "DE" || resource.country like "F*") };
`
const base: readonly TreeFile[] = [...meshTree(here('mesh'), '').files, { path: rules, text: policy }]

type Place = readonly [file: string, from: string, to: (text: string) => string, free?: true]
/** A double-quoted scalar; Cedar's texts have another escape for code points. */
const yaml = (text: string): string => JSON.stringify(text)
const cedar = (text: string): string =>
  `"${text.replace(/["\\]|[^\x20-\x7e]/gu, sign => (sign === '"' || sign === '\\' ? `\\${sign}` : `\\u{${sign.codePointAt(0)!.toString(16)}}`))}"`

/** `free`: any text may stand there. */
const places: Readonly<Record<string, Place>> = {
  'the name of a product': [crm, 'name: crm', text => `name: ${yaml(text)}`],
  'the id of a product': [crm, 'id: shop.crm', text => `id: ${yaml(text)}`],
  'the domain of a product': [crm, 'domain: shop', text => `domain: ${yaml(text)}`],
  'the version of a contract': [crm, 'apiVersion: v3.2.0', text => `apiVersion: ${yaml(text)}`],
  'the name of a table': [crm, 'name: customer\n', text => `name: ${yaml(text)}\n`],
  'the name of a column': [crm, 'name: country', text => `name: ${yaml(text)}`],
  'a physical name': [crm, 'name: country', text => `name: country, physicalName: ${yaml(text)}`, true],
  'a physical type': [crm, 'physicalType: DOUBLE', text => `physicalType: ${yaml(text)}`],
  'a logical type': [crm, 'logicalType: boolean', text => `logicalType: ${yaml(text)}`],
  'a classification': [
    crm,
    'logicalType: boolean, classification: internal',
    text => `logicalType: boolean, classification: ${yaml(text)}`,
  ],
  'a label': [crm, 'tags: [pii]', text => `tags: [${yaml(text)}]`, true],
  'a semantic type': [crm, 'value: person_name', text => `value: ${yaml(text)}`],
  'the subject of a row': [crm, 'value: customer_id', text => `value: ${yaml(text)}`],
  'a custom property': [crm, 'property: selvageSubject', text => `property: ${yaml(text)}`, true],
  'a pattern': [
    crm,
    'name: country, logicalType: string',
    text => `name: country, logicalType: string, logicalTypeOptions: { pattern: ${yaml(text)} }`,
    true,
  ],
  'a description': [crm, 'name: country', text => `name: country, description: ${yaml(text)}`, true],
  'the path of a file': [crm, 'path: "shop/{table}.csv"', text => `path: ${yaml(text)}`, true],
  'the type of a server': [crm, 'type: local', text => `type: ${yaml(text)}`, true],
  'the format of a file': [crm, 'format: csv', text => `format: ${yaml(text)}`],
  'a key of a contract': [crm, 'status: active', text => `status: active\n${yaml(text)}: 1`],
  'a whole contract': [crm, 'kind: DataContract', text => `kind: DataContract\n${text}`],
  'a label of the taxonomy': [taxonomy, '  pii: {', text => `  ${yaml(text)}: {`],
  'a purpose': [taxonomy, '  analytics: {', text => `  ${yaml(text)}: {`],
  'the address of a purpose': [taxonomy, 'iri: https://w3id.org/dpv#ServiceProvision', text => `iri: ${yaml(text)}`],
  'a subject attribute': [taxonomy, 'region: string', text => `${yaml(text)}: string`],
  'a role': [taxonomy, 'auditor]', text => `auditor, ${yaml(text)}]`],
  'a semantic type of the taxonomy': [taxonomy, '  email: {', text => `  ${yaml(text)}: {`],
  'a title': [domain, 'title: Shop', text => `title: ${yaml(text)}`, true],
  'an owner': [domain, 'owner: shop@example.org', text => `owner: ${yaml(text)}`, true],
  'the alias of an issuer': [domain, 'alias: workforce', text => `alias: ${yaml(text)}`],
  'an issuer': [domain, 'issuer: https://workforce.example', text => `issuer: ${yaml(text)}`],
  'an audience': [domain, 'audience: selvage:golden', text => `audience: ${yaml(text)}`, true],
  'an algorithm': [domain, '[ES256]', text => `[${yaml(text)}]`],
  'a role of an issuer': [domain, '{ analyst: analyst', text => `{ ${yaml(text)}: analyst`, true],
  'a role that is mapped to': [domain, '{ analyst: analyst', text => `{ analyst: ${yaml(text)}`],
  'an agent': [domain, 'agents: [copilot]', text => `agents: [${yaml(text)}]`, true],
  'a purpose to declare': [domain, 'purposes: [analytics]', text => `purposes: [${yaml(text)}]`],
  'the name of the mesh': ['mesh.yaml', 'name: golden', text => `name: ${yaml(text)}`],
  'the name of a domain': ['mesh.yaml', 'domains: [shop]', text => `domains: [shop, ${yaml(text)}]`],
  'a variable': ['mesh.yaml', 'name: golden', text => `name: golden\nvariables: { ${yaml(text)}: ${yaml(text)} }`, true],
  'the id of a rule': [rules, '"shop/rule"', cedar],
  'the reason of a rule': [rules, '"why"', cedar, true],
  'a mask': [rules, '"token"', cedar],
  'a role in a rule': [rules, '"analyst"', cedar],
  'a column in a rule': [rules, '"shop.crm.customer.email"', cedar],
  'a purpose in a rule': [rules, '"analytics"', cedar],
  'a value in a rule': [rules, '"DE"', cedar, true],
  'a whole rule': [rules, '@id("shop/other")', text => `${text}\n@id("shop/other")`],
}

/** What reading one text may take, milliseconds of this process's time. */
const patience = 5_000

function check(files: readonly TreeFile[]): ReturnType<typeof checkTree> {
  const start = process.cpuUsage()
  const checked = checkTree(files)
  const { user, system } = process.cpuUsage(start)
  expect((user + system) / 1_000).toBeLessThan(patience)
  return checked
}

function expectPlain({ findings }: ReturnType<typeof checkTree>): void {
  for (const { file, what, help } of findings) {
    expect(obeyed(what + help)).toBeUndefined()
    expect((what + help).length).toBeLessThan(1_500)
    expect(obeyed(file)).toBeUndefined()
  }
}

const errors = (checked: ReturnType<typeof checkTree>): number => checked.findings.filter(({ severity }) => severity === 'error').length

describe(`hostile texts in a mesh (seed ${seed})`, () => {
  it('the mesh itself is fine', () => {
    const { mesh, findings } = checkTree(base)
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(mesh).toBeDefined()
  })

  it.each(Object.entries(places).map(([name, place], i) => [name, place, i] as const))(
    'as %s',
    (_, [file, from, to, free], i) => {
      for (const text of share(texts, 150, i)) {
        const files = base.map(one => (one.path === file ? { ...one, text: one.text.replace(from, () => to(text)) } : one))
        expect(files).not.toEqual(base)
        const checked = check(files)
        expectPlain(checked)
        if (free !== true) expect({ text, refused: errors(checked) > 0 }).toEqual({ text, refused: true })
      }
    },
    600_000,
  )

  it('as the path of a file', () => {
    for (const text of share(texts, 100, 1))
      for (const path of [
        text,
        `domains/shop/products/${text}/contract.odcs.yaml`,
        `domains/shop/policies/${text}.cedar`,
        `domains/${text}/domain.yaml`,
      ])
        expectPlain(check([...base, { path, text: 'x: 1\n' }]))
  }, 600_000)
})
