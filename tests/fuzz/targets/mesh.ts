// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of a mesh tree.
import { readdirSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { load, root } from '../dist-modules.ts'
import { check, type Target, utf8 } from '../target.ts'
import { never, selvageErrors } from './refusals.ts'

type Contract = typeof import('../../../packages/kernel/src/contract/index.ts')
type Yaml = typeof import('../../../packages/kernel/src/contract/yaml.ts')
type Reports = typeof import('../../../packages/kernel/src/contract/report.ts')
type Tree = NonNullable<ReturnType<Yaml['parseYaml']>>

const golden = (path: string): string => readFileSync(join(root, 'tests', 'golden', 'mesh', path), 'utf8')
const yamlWords = [
  '\n',
  '  ',
  '- ',
  ': ',
  '? ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '|\n',
  '>-\n',
  '&a ',
  '*a',
  '<<: ',
  '!!str ',
  '!x ',
  '#',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '~',
  'null',
  'true',
  '0x1F',
  '.inf',
  '1e3',
  '0o7',
  '\\u202e',
  '\ufeff',
  '\t',
  '\r\n',
  '${A}',
  '$${',
  '__proto__: ',
  '\u0085',
]

function plain(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value
  if (tree.kind === 'list') return tree.items.map(plain)
  return Object.fromEntries([...tree.entries].map(([key, { value }]) => [key, plain(value)]))
}

/** A word for what was found: the codes. */
const wordOf = (findings: readonly { readonly code: string; readonly what: string }[]): string =>
  [
    ...new Set(
      findings.map(
        ({ code, what }) =>
          `${code} ${what
            .replace(/`[^`]*`/g, '`')
            .replace(/[^a-z `]/gi, '')
            .slice(0, 40)}`,
      ),
    ),
  ]
    .sort()
    .slice(0, 1)
    .join()

const json = (text: string): { value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

async function yaml(): Promise<Target> {
  const { parseYaml } = await load<Yaml>('kernel/contract/yaml')
  const { Findings } = await load<Reports>('kernel/contract/report')
  const { isPlainText } = await load<typeof import('../../../packages/kernel/src/contract/characters.ts')>('kernel/contract/characters')
  return {
    name: 'yaml',
    files: ['kernel/contract/yaml', 'kernel/contract/characters', 'kernel/contract/report'],
    seeds: [
      'a: 1\nb: [x, "y", {c: null}]\n',
      '- &a {k: v}\n- *a\n',
      '{"a":[1,2.5,"x",true,null]}',
      'a: |\n  text\n  more\nb: >-\n  folded\n',
      '? k\n: v\n',
      '# c\n---\na: "\\u00e9\\n"\n',
    ],
    words: yamlWords,
    longest: 512,
    refusal: never,
    run(bytes) {
      const text = utf8(bytes)
      const findings = new Findings()
      const tree = parseYaml(text, findings.reportOn('f'))
      check(tree !== undefined || findings.failed, 'a file without a tree has a finding')
      for (const { line = 1, column = 1, what } of findings.list()) {
        check(line >= 1 && column >= 1 && line <= text.split('\n').length + 1, 'a finding has a place in the file')
        check(isPlainText(what) && what.length < 600, 'a finding is shown as plain text')
      }
      if (tree === undefined || findings.failed) return wordOf(findings.list())
      const value = plain(tree)
      const same = json(text)
      if (same !== undefined && !/__proto__/.test(text))
        check(isDeepStrictEqual(normal(same.value), normal(value)), 'JSON is read as JSON has it')
      const written = JSON.stringify(value)
      if (finite(tree) && !/__proto__/.test(written)) {
        const again = parseYaml(written, findings.reportOn('g'))
        check(again !== undefined && isDeepStrictEqual(normal(plain(again)), normal(value)), 'values are read as they were written')
      }
      return tree.kind
    },
  }
}

/** -0 is 0 in JSON. */
const normal = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const finite = (tree: Tree): boolean =>
  tree.kind === 'scalar'
    ? typeof tree.value !== 'number' || Number.isFinite(tree.value)
    : tree.kind === 'list'
      ? tree.items.every(finite)
      : [...tree.entries.values()].every(({ value }) => finite(value))

const contract = `apiVersion: v3.2.0
kind: DataContract
id: shop.crm
name: crm
version: 1.0.0
status: active
domain: shop
description: { purpose: Customers }
tags: [pii]
customProperties: [{ property: selvageTitle, value: CRM }]
servers: [{ server: files, type: local, path: "shop/{table}.csv", format: csv, customProperties: [{ property: selvageDelimiter, value: ";" }] }]
schema:
  - name: customer
    physicalName: Customer
    customProperties: [{ property: selvageSubject, value: id }, { property: selvageSets, value: [{ name: states, via: customer.up, collect: state }] }]
    quality: [{ type: library, metric: rowCount, mustBeGreaterThan: 0, severity: error, name: some }]
    properties:
      - { name: id, logicalType: integer, primaryKey: true, required: true, unique: true, classification: internal }
      - name: email
        logicalType: string
        logicalTypeOptions: { maxLength: 80, pattern: "^.+@.+$" }
        classification: confidential
        tags: [pii]
        customProperties: [{ property: selvageSemanticType, value: email }]
        quality: [{ type: library, metric: nullValues, mustBe: 0, unit: percent }]
      - { name: spent, logicalType: number, physicalType: "DECIMAL(12,2)", logicalTypeOptions: { minimum: 0 } }
      - { name: at, logicalType: timestamp, logicalTypeOptions: { timezone: true } }
      - { name: up, logicalType: integer, relationships: [{ type: foreignKey, to: customer.id }] }
      - { name: state, logicalType: string, enum: [{ value: a }, { value: b }] }
`

const wordsOf = (...texts: readonly string[]): string[] => [
  ...new Set(texts.flatMap(text => [...text.split('\n').map(line => `${line}\n`), ...(text.match(/\w+:? ?/g) ?? [])])),
]

async function contracts(): Promise<Target> {
  const { parseMesh, writeContract } = await load<Contract>('kernel/contract/index')
  const { parseContractFile } =
    await load<typeof import('../../../packages/kernel/src/contract/contract-file.ts')>('kernel/contract/contract-file')
  const { resolveVariables } = await load<typeof import('../../../packages/kernel/src/contract/variables.ts')>('kernel/contract/variables')
  const { parseYaml } = await load<Yaml>('kernel/contract/yaml')
  const { Findings } = await load<Reports>('kernel/contract/report')
  const paths = ['mesh.yaml', 'guardrails/taxonomy.yaml', 'guardrails/baseline.yaml', 'domains/shop/domain.yaml']
  const taxonomy = parseMesh(paths.map(path => ({ path, text: golden(path) }))).mesh?.taxonomy
  const read = (text: string) => {
    const findings = new Findings()
    const report = findings.reportOn('f')
    const tree = parseYaml(text, report)
    const resolved = tree && resolveVariables(tree, { A: 'x' }, report)
    const file = { path: 'p', text, domain: 'shop', product: 'crm' } as unknown as Parameters<typeof parseContractFile>[1]
    return { product: resolved && parseContractFile(resolved, file, taxonomy, report)?.product, findings }
  }
  const meaning = (product: object): unknown => JSON.parse(JSON.stringify({ ...product, text: '', path: '' }))
  return {
    name: 'contract',
    files: [
      'contract-file',
      'contract-table',
      'contract-column',
      'column-type',
      'column-options',
      'quality',
      'access',
      'bound',
      'pattern',
      'source',
      'labels',
      'custom-properties',
      'reached-set',
      'fields',
      'named',
      'scope',
      'variables',
    ].map(file => `kernel/contract/${file}`),
    seeds: [
      contract,
      golden('domains/shop/products/crm/contract.odcs.yaml').slice(0, 900),
      golden('domains/shop/products/orders/contract.odcs.yaml'),
    ],
    words: [
      ...yamlWords,
      ...wordsOf(contract),
      'logicalTypeOptions: ',
      'mustBeBetween: [1, 2]',
      'metric: duplicateValues',
      'format: email',
      'physicalType: INTEGER',
      'selvageAccess',
      '[{ role: analyst, purposes: [analytics], tables: [customer] }]',
      '(?=x)',
      '(a*)*',
      '{9999}',
    ],
    longest: 1_800,
    refusal: never,
    run(bytes) {
      const { product, findings } = read(utf8(bytes))
      if (product === undefined || findings.failed) return wordOf(findings.list())
      const again = read(writeContract(product))
      check(again.product !== undefined && !again.findings.failed, 'a contract that was written is read without a finding')
      check(isDeepStrictEqual(meaning(again.product), meaning(product)), 'a contract is read as it was written')
      return `${product.tables.length} ${product.tables.flatMap(({ columns }) => columns).length}`
    },
  }
}

/** What the golden mesh has no need of. */
const richFiles = [
  'mesh\nname: golden\ntitle: Golden\ndomains: [shop, shop]\nvariable: x\nvariables: { HOST: login.example.org, "1x": y }\n',
  `taxonomy
labels:
  public: { classification: true, kind: releasing, description: Anybody may know. }
  a: { kind: restricting, parents: [b] }
  b: { kind: restricting, parents: [a, nobody] }
purposes: { analytics: { iri: https://w3id.org/dpv#X, parents: [analytics] } }
semanticTypes:
  age: { generalize: { bucket: 10 } }
  zip: { partial: { first: 3, last: 0 }, generalize: { digits: 3, pattern: "^[0-9]{5}$" } }
  born: { generalize: { date: year } }
subjectAttributes: { "1x": integer, trainings: strings }
roles: [analyst, analyst]
groups: [staff, s taff]
`,
  'baseline\nrequire:\n  - { when: { label: pii }, must: [subject] }\n  - { when: { label: nobody }, must: [owner] }\n',
  `domain
owner: a@example.org
issuers:
  - { alias: x, issuer: https://a.example, audience: y, algorithms: [ES256], agents: [bot], workloads: [bot, job] }
  - { alias: x, issuer: https://a.example, audience: y, algorithms: [] }
  - alias: z
    kind: login
    token: { type: JWT, client: azp, id: none, require: { typ: [Bearer, 1, true] } }
    keys: [{ kty: EC, crv: P-256, kid: k, x: a, y: b }, { kty: RSA, kid: k, n: a, e: AQAB, d: x }]
    claims: { trainings: { claim: a.b, maxAge: 60 }, x: [a, 'b.c'] }
    rolesClaim: realm.roles
    groups: { /a/b: staff, c: nobody }
    groupsClaim: [a]
`,
  'domains/shop/policies/links.yaml\nlinks:\n  - { id: shop/x, template: shop/t, principal: Mesh::Role::"a", resource: Mesh::Table::"b" }\n',
  'domains/shop/policies/x.test.yaml\nwho: {}\n',
  'guardrails/x.test.yaml\nwho: {}\n',
  'domains/9x/domain.yaml\nowner: x\n',
  `domains/shop/products/x/contract.odcs.yaml\n${golden('domains/shop/products/crm/contract.odcs.yaml')}`,
  `domains/shop/products/9x/contract.odcs.yaml\n${golden('domains/shop/products/crm/contract.odcs.yaml')}`,
]

/** `kind`, a line end and a file of that kind, in an otherwise sound tree. */
async function meshFiles(): Promise<Target> {
  const { parseMesh } = await load<Contract>('kernel/contract/index')
  const paths: Readonly<Record<string, string>> = {
    mesh: 'mesh.yaml',
    taxonomy: 'guardrails/taxonomy.yaml',
    baseline: 'guardrails/baseline.yaml',
    domain: 'domains/shop/domain.yaml',
  }
  const sound = Object.values(paths).map(path => ({ path, text: golden(path) }))
  return {
    name: 'mesh-files',
    files: [
      'mesh-file',
      'taxonomy-file',
      'semantic-types-file',
      'baseline-file',
      'domain-file',
      'issuers-file',
      'links-file',
      'graph',
      'parse-mesh',
      'tree-path',
      'fields',
      'named',
    ].map(file => `kernel/contract/${file}`),
    seeds: [
      ...Object.entries(paths).map(([kind, path]) => `${kind}\n${golden(path)}`),
      'domains/shop/policies/a.cedar\npermit(principal, action, resource);',
      'domains/shop/policies/links.yaml\nlinks:\n  - { id: shop/linked, template: shop/template, principal: Role::"analyst" }\n',
      '../x\n',
      'domains/shop/products/x/y.sql\nselect',
      ...richFiles,
    ],
    words: [
      ...yamlWords,
      ...wordsOf(...sound.map(({ text }) => text)),
      'parents: [',
      'variables: {A: b}\n',
      'kind: releasing',
      'must: ',
      'workloads: [x]',
      'domains/',
      'guardrails/',
      '/',
      '..',
    ],
    longest: 900,
    refusal: never,
    run(bytes) {
      const text = utf8(bytes)
      const end = text.indexOf('\n')
      const kind = text.slice(0, Math.max(0, end))
      const path = Object.hasOwn(paths, kind) ? paths[kind]! : kind
      const { mesh, findings } = parseMesh([...sound.filter(file => file.path !== path), { path, text: text.slice(end + 1) }])
      const failed = findings.some(({ severity }) => severity === 'error')
      check((mesh === undefined) === failed, 'there is a mesh if and only if nothing is an error')
      if (mesh === undefined) return wordOf(findings)
      check(
        mesh.domains.every(({ products }) => products.length <= 1) && mesh.taxonomy.roles.length >= 0,
        'a mesh holds what its files say',
      )
      return `${mesh.domains.length} ${mesh.taxonomy.labels.size} ${mesh.taxonomy.purposes.size}`
    },
  }
}

const directoryText = `issuer: workforce
source: hr
observed: 2026-11-20
people:
  rep: { roles: [sales-rep], attributes: { employee_id: { value: 3, source: lms, observed: 2026-10-01 } } }
  ana: { issuer: workforce, subject: 7f3a, roles: [them] }
programs:
  copilot: { roles: [] }
`

async function directories(): Promise<Target> {
  const { parseDirectory, parseMesh, subjectIn } = await load<Contract>('kernel/contract/index')
  const paths = ['mesh.yaml', 'guardrails/taxonomy.yaml', 'guardrails/baseline.yaml', 'domains/shop/domain.yaml']
  const { mesh } = parseMesh(paths.map(path => ({ path, text: golden(path) })))
  if (mesh === undefined) throw new Error('the golden mesh has no meaning')
  return {
    name: 'directory',
    files: ['directory-file', 'test-subject', 'fields', 'named'].map(file => `kernel/contract/${file}`),
    seeds: [directoryText],
    words: [...yamlWords, ...wordsOf(directoryText), 'partner', 'last week', '2026-02-30'],
    longest: 1_200,
    refusal: never,
    run(bytes) {
      const { directory, findings } = parseDirectory([{ path: 'directory.yaml', text: utf8(bytes) }], mesh)
      const { entries } = directory
      check(new Set(entries.map(({ name }) => name)).size === entries.length || findings.length > 0, 'a login stands there once')
      for (const entry of entries) for (const domain of mesh.domains) subjectIn(entry, domain)
      return findings.length > 0 ? wordOf(findings) : String(entries.length)
    },
  }
}

const table = `who:
  rep: { roles: [analyst], attributes: { employee_id: 3 } }
  bot: { kind: Agent }
tests:
  - { test: t, who: rep, agents: [bot], purpose: analytics, table: shop.crm.customer, rows: all, columns: { email: null } }
  - { who: copilot, purpose: analytics, query: SELECT 1, code: policy.denied, rules: [a/b] }
`
const rows = `who: { rep: {} }
tests:
  - who: rep
    purpose: analytics
    table: shop.crm.customer
    data: [{ customer_id: 3, country: "DE", vip: true, support_rep_id: null }, {}]
    count: 1
`

async function decisionTables(): Promise<Target> {
  const { parseDecisionTests, parseDirectory, parseMesh } = await load<Contract>('kernel/contract/index')
  const crm = 'domains/shop/products/crm/contract.odcs.yaml'
  const paths = ['mesh.yaml', 'guardrails/taxonomy.yaml', 'guardrails/baseline.yaml', 'domains/shop/domain.yaml', crm]
  const { mesh } = parseMesh(paths.map(path => ({ path, text: golden(path) })))
  if (mesh === undefined) throw new Error('the golden mesh has no meaning')
  const { directory } = parseDirectory([{ path: 'directory.yaml', text: directoryText }], mesh)
  return {
    name: 'decision-tables',
    files: ['decision-tests-file', 'test-subject', 'test-rows', 'fields', 'named'].map(file => `kernel/contract/${file}`),
    seeds: [table, rows],
    words: [...yamlWords, ...wordsOf(table), 'count: 1', 'data: [{}]', 'device: x', 'hidden', 'Workload', 'sales.crm.customer'],
    longest: 1_200,
    refusal: never,
    run(bytes) {
      const { tests, findings } = parseDecisionTests([{ path: 'guardrails/a.test.yaml', text: utf8(bytes) }], mesh, directory)
      for (const test of tests) check('table' in test.asked !== 'query' in test.asked, 'a test asks for one thing')
      for (const { data, expected } of tests)
        check(findings.length > 0 || (data === undefined) === (expected.count === undefined), 'rows are given where they are counted')
      return findings.length > 0 ? wordOf(findings) : String(tests.length)
    },
  }
}

const policyTexts = (): string[] =>
  ['domains/census/policies', 'domains/health/policies', 'domains/sales/policies', 'guardrails'].flatMap(folder =>
    readdirSync(join(root, 'examples', 'mesh', folder))
      .filter(name => name.endsWith('.cedar'))
      .map(name => readFileSync(join(root, 'examples', 'mesh', folder, name), 'utf8')),
  )
const cedarWords = [
  'permit',
  'forbid',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  ';',
  ',',
  '&&',
  '||',
  '!',
  'when ',
  'unless ',
  'principal',
  'action',
  'resource',
  'context',
  ' in ',
  ' has ',
  ' like ',
  ' is ',
  '==',
  '"',
  '\\"',
  '@id("a/b")',
  '@mask("null")',
  '?principal',
  'Mesh::User::"x"',
  '.contains(',
  'if true then 1 else 2',
  '9223372036854775807',
  '-1',
  '//',
  '\n',
  '__proto__',
  'ip("1.1.1.1")',
  'é',
]

async function policies(): Promise<Target> {
  const { parsePolicies } = await load<typeof import('../../../packages/cedar/src/index.ts')>('cedar/index')
  const { parseRule } = await load<typeof import('../../../packages/kernel/src/policy/rule.ts')>('kernel/policy/rule')
  return {
    name: 'policies',
    files: ['cedar/parse-policies', 'cedar/source-text', 'cedar/integers', 'cedar/wasm'],
    seeds: policyTexts().flatMap(text => text.split(/(?<=;)\s+/).map(policy => policy.slice(0, 900))),
    words: cedarWords,
    longest: 900,
    refusal: await selvageErrors('policy.invalid'),
    run(bytes) {
      const text = utf8(bytes)
      const { policies: found, findings } = parsePolicies([{ path: 'p.cedar', text }])
      for (const { line = 1 } of [...findings, ...found])
        check(line >= 1 && line <= text.split('\n').length, 'a finding has a place in the file')
      check(new Set(found.map(({ id }) => id)).size === found.length, 'policies have ids of their own')
      check(!findings.some(({ what }) => what.includes('engine failed')), 'the engine does not fail')
      for (const policy of found) check(parseRule(policy).effect === policy.effect, 'a rule has the effect of its policy')
      return wordOf(findings) || `${Math.min(4, found.length)}`
    },
  }
}

async function policyJson(): Promise<Target> {
  const { parsePolicies } = await load<typeof import('../../../packages/cedar/src/index.ts')>('cedar/index')
  const { parseRule } = await load<typeof import('../../../packages/kernel/src/policy/rule.ts')>('kernel/policy/rule')
  const { allNodes } = await load<typeof import('../../../packages/kernel/src/cedar/node.ts')>('kernel/cedar/node')
  const all = parsePolicies(policyTexts().map((text, at) => ({ path: `${at}`, text }))).policies.map(({ est }) => JSON.stringify(est))
  const keys = [...new Set(all.flatMap(text => text.match(/"[^"]{1,24}":/g) ?? []))]
  return {
    name: 'policy-json',
    files: ['kernel/policy/rule', 'kernel/cedar/policy', 'kernel/cedar/node', 'kernel/cedar/json'],
    seeds: [
      ...all,
      ...['>', '>=', '<=', '!=', '+', '-', '*', 'containsAll', 'containsAny'].map(
        op =>
          `{"effect":"permit","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"All"},"conditions":[{"kind":"when","body":{"${op}":{"left":{"Value":1},"right":{"Var":"context"}}}}]}`,
      ),
    ],
    words: [
      ...keys,
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      'null',
      '1',
      '"neg":',
      '"isEmpty":',
      '"Record":',
      '"Set":[',
      '"__entity":',
      '"__extn":',
      '"slot":',
      '"Slot"',
      '"has":',
      '"is":',
      '"Pattern":',
      '"Wildcard"',
      '"Unknown":',
      '"__proto__":',
    ],
    longest: 4_096,
    refusal: await selvageErrors('policy.invalid'),
    run(bytes) {
      const est = json(utf8(bytes))?.value
      const effect = (est as { effect?: unknown } | null | undefined)?.effect === 'forbid' ? 'forbid' : 'permit'
      const rule = parseRule({ id: 'a/b', path: 'p', effect, annotations: {}, est })
      const nodes = [...allNodes(rule.body)]
      check(nodes.length <= bytes.length, 'there are no more nodes than text')
      return [...new Set(nodes.map(({ kind }) => kind))].sort().slice(0, 3).join()
    },
  }
}

/** Texts of Cedar's extension types: one of four signs, and the text. */
async function extensionValues(): Promise<Target> {
  const { parseDecimal } = await load<typeof import('../../../packages/kernel/src/cedar/extension.ts')>('kernel/cedar/extension')
  const { parseIp } = await load<typeof import('../../../packages/kernel/src/cedar/ip-address.ts')>('kernel/cedar/ip-address')
  const { parseDatetime, parseDuration } = await load<typeof import('../../../packages/kernel/src/cedar/time.ts')>('kernel/cedar/time')
  return {
    name: 'cedar-values',
    files: ['kernel/cedar/ip-address', 'kernel/cedar/time'],
    seeds: [
      '.12.5',
      '.-922337203685477.5808',
      '/127.0.0.1/8',
      '/::1',
      '/fe80::1:2/64',
      '/1:2:3:4:5:6:7:8',
      'T2024-02-29',
      'T2024-12-31T23:59:59.999+0130',
      'T1970-01-01T00:00:00Z',
      'm1d2h3m4s5ms',
      'm-5ms',
    ],
    words: [
      '.',
      ':',
      '::',
      '/',
      '-',
      'T',
      'Z',
      '0',
      '1',
      '255',
      '256',
      'ffff',
      'd',
      'h',
      'm',
      's',
      'ms',
      '99999999999999999999',
      '2023-02-29',
      '24:00:00',
      '+2400',
    ],
    longest: 128,
    refusal: never,
    run(bytes) {
      const kind = utf8(bytes.subarray(0, 1))
      const text = utf8(bytes.subarray(1))
      const value =
        kind === '.' ? parseDecimal(text) : kind === '/' ? parseIp(text) : kind === 'T' ? parseDatetime(text) : parseDuration(text)
      if (value === undefined) return `${kind.slice(0, 1).replace(/[^./Tm]/, '?')} none`
      if (value.kind === 'decimal')
        check(Math.abs(Number(value.value) / 10_000 - Number(text)) <= Math.abs(Number(text)) * 1e-12, 'a decimal is its number')
      else if (value.kind === 'ipaddr') {
        const [address = '', prefix] = text.split('/')
        check(
          isIP(address) === (value.bits === 32 ? 4 : 6) && (prefix === undefined ? value.bits : Number(prefix)) === value.prefix,
          'an address is one for Node too',
        )
      } else if (value.kind === 'datetime' && /^\d{4}-\d\d-\d\d(?:T.*Z)?$/.test(text) && !text.startsWith('0000'))
        check(Number(value.value) === Date.parse(text), 'a moment is the one of Date')
      return value.kind
    },
  }
}

async function entities(): Promise<Target> {
  const { parseEntities } = await load<typeof import('../../../packages/kernel/src/cedar/entity-store.ts')>('kernel/cedar/entity-store')
  const user =
    '{"uid":{"type":"Mesh::User","id":"a"},"attrs":{"n":1,"s":"x","set":[1,2],"r":{"k":true},"e":{"__entity":{"type":"G","id":"g"}},"x":{"__extn":{"fn":"ip","arg":"::1"}}},"parents":[{"type":"G","id":"g"}],"tags":{"t":"v"}}'
  return {
    name: 'entities',
    files: ['kernel/cedar/entity-store', 'kernel/cedar/json'],
    seeds: [`[${user}]`, `[${user},{"uid":{"__entity":{"type":"G","id":"g"}},"attrs":{},"parents":[]}]`, '[]'],
    words: [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"g"',
      '"uid":',
      '"attrs":',
      '"parents":',
      '"tags":',
      '"__entity":',
      '"__extn":',
      '"fn":',
      '"arg":',
      '"decimal"',
      '"1.5"',
      '"type":',
      '"id":',
      '9007199254740993',
      '1.5',
      'null',
      '"__proto__":',
      user,
    ],
    longest: 2_048,
    refusal: await selvageErrors('policy.invalid'),
    run(bytes) {
      const list = json(utf8(bytes))?.value
      if (!Array.isArray(list)) return 'no list'
      const store = parseEntities(list)
      check(store.size === list.length, 'each entity stands once')
      for (const [key, { ancestors }] of store) check(ancestors.has(key), 'an entity is below itself')
      return `${Math.min(4, store.size)}`
    },
  }
}

export const meshTargets: Readonly<Record<string, () => Promise<Target>>> = {
  yaml,
  contract: contracts,
  'mesh-files': meshFiles,
  'decision-tables': decisionTables,
  directory: directories,
  policies,
  'policy-json': policyJson,
  'cedar-values': extensionValues,
  entities,
}
