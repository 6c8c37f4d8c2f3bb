// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders are those of a mesh tree.
import { describe, expect, it } from 'vitest'
import type { Finding } from '../model/index.ts'
import { type FindingCode, findingTable } from './findings.ts'
import { parseMesh, type TreeFile, treeBounds } from './parse-mesh.ts'
import { maxFindings } from './report.ts'

const contractPath = 'domains/shop/products/crm/contract.odcs.yaml'
const domainPath = 'domains/shop/domain.yaml'
const linksPath = 'domains/shop/policies/links.yaml'
const taxonomyPath = 'guardrails/taxonomy.yaml'
const baselinePath = 'guardrails/baseline.yaml'

const device = (more: string): readonly [string, string, string] => [
  domainPath,
  'declare:',
  `devices:\n  - { source: mdm, ${more} }\ndeclare:`,
]
const someKey = `{ kty: OKP, crv: Ed25519, x: ${'A'.repeat(43)} }`
const deviceFindings = [
  ['domain.device_method', ...device(`method: trusted, key: ${someKey}`), 'trusted'],
  ['domain.device_key', ...device('method: managed, key: { kty: oct, x: AAAA }')],
  ['domain.device_key', ...device(`method: managed, key: ${someKey.replace('OKP', 'EC')}`)],
  ['domain.device_key', ...device('method: managed, authority: none')],
  ['domain.device_age', ...device(`method: managed, key: ${someKey}, maxAge: 90000`)],
  ['name.duplicate', ...device(`method: managed, key: ${someKey} }\n  - { source: mdm, method: managed, key: ${someKey}`)],
] as const

const base: Readonly<Record<string, string>> = {
  'mesh.yaml': 'name: small\ndomains: [shop]\nvariables:\n  ISSUER: https://login.example.org\n',
  [taxonomyPath]: `labels:
  internal: { classification: true, kind: restricting }
  pii: { kind: restricting }
  name: { kind: restricting, parents: [pii] }
  open: { kind: releasing }
purposes:
  analytics: { iri: https://w3id.org/dpv#ServiceUsageAnalytics }
semanticTypes:
  email: { partial: email }
  age: { generalize: { bucket: 10 } }
subjectAttributes: { badge: integer }
roles: [analyst]
`,
  [baselinePath]: 'require:\n  - must: [classification]\n  - when: { label: pii }\n    must: [subject]\n',
  'guardrails/all.cedar': '',
  [domainPath]: `owner: shop@example.org
issuers:
  - alias: workforce
    issuer: \${ISSUER}
    audience: selvage:small
    algorithms: [ES256]
    maxLifetime: 600
    roles: { them: analyst }
    attributes: [badge]
    agents: [robot]
declare:
  - { role: analyst, purposes: [analytics] }
`,
  'domains/shop/policies/a.cedar': '',
  'domains/shop/policies/links.yaml': 'links: [{ id: shop/x, template: shop/t, principal: Mesh::Role::"analyst" }]\n',
  [contractPath]: `apiVersion: v3.2.0
kind: DataContract
id: shop.crm
name: crm
version: 1.0.0
domain: shop
servers:
  - { server: files, type: local, path: 'shop/{table}.csv', format: csv, delimiter: ; }
schema:
  - name: customer
    customProperties: [{ property: selvageSubject, value: id }]
    properties:
      - name: id
        logicalType: integer
        primaryKey: true
        classification: internal
      - name: mail
        physicalName: E-Mail
        logicalType: string
        logicalTypeOptions: { maxLength: 80 }
        classification: internal
        tags: [pii]
        customProperties: [{ property: selvageSemanticType, value: email }]
        quality:
          - { metric: nullValues, mustBe: 0, severity: error }
  - name: visit
    customProperties: [{ property: selvageSubject, value: customer }]
    properties:
      - { name: customer, logicalType: integer, classification: internal, relationships: [{ to: customer.id }] }
      - { name: site, logicalType: string, classification: internal }
      - { name: day, logicalType: date, classification: internal }
      - name: mail
        logicalType: string
        classification: internal
        tags: [pii]
        customProperties: [{ property: selvageSemanticType, value: email }]
`,
}

const filesOf = (tree: Readonly<Record<string, string>>): TreeFile[] => Object.entries(tree).map(([path, text]) => ({ path, text }))

/** An edit of the contract that gives the customers a set. */
const withSet = (code: FindingCode, set: string, at: string): Case => [
  code,
  contractPath,
  '{ property: selvageSubject, value: id }',
  `{ property: selvageSubject, value: id }, { property: selvageSets, value: ${set} }`,
  at,
]

/** An edit of one file, and the text at whose start the finding must stand (none: on the file). */
type Case = readonly [code: FindingCode, path: string, from: string, to: string, at?: string]

const signals = (configuration: string, more = 'delivery: poll'): string =>
  `agents: [robot]\n    signals: { configuration: "${configuration}", audience: gate, ${more} }`

const edits: readonly Case[] = [
  ['text.character', contractPath, 'version: 1.0.0', 'version: 1.0.0 # \u202e', '\u202e'],
  ['text.character', contractPath, 'version: 1.0.0', 'version: "\\u202e"', '"\\u202e"'],
  ['text.character', 'domains/shop/policies/a.cedar', '', '// \u2066', '\u2066'],
  ['text.character', contractPath, 'version: 1.0.0', 'version: 1.0.0 # \rx', '\r'],
  ['yaml.syntax', contractPath, 'kind: DataContract', 'kind: [DataContract'],
  ['yaml.syntax', contractPath, 'apiVersion: v3.2.0', '%YAML 1.1\n---\napiVersion: v3.2.0'],
  ['yaml.syntax', contractPath, 'apiVersion: v3.2.0', 'a: 1\n---\napiVersion: v3.2.0'],
  ['yaml.syntax', contractPath, 'kind: DataContract', 'kind: !evil DataContract'],
  ['yaml.syntax', contractPath, 'kind: DataContract', 'kind: *nowhere', '*nowhere'],
  ['yaml.syntax', contractPath, 'kind: DataContract', '? [a]\n: DataContract', '[a]'],
  ['yaml.duplicate_key', contractPath, 'kind: DataContract', 'kind: DataContract\nkind : DataContract', 'kind :'],
  ['yaml.unknown_key', contractPath, 'kind: DataContract', 'kind: DataContract\nKind: x', 'Kind'],
  ['yaml.unknown_key', domainPath, 'owner:', 'ownr: x\nowner:', 'ownr'],
  ['yaml.unknown_key', contractPath, 'maxLength: 80', 'maxlength: 80', 'maxlength'],
  ['yaml.missing_key', domainPath, 'owner: shop@example.org', 'title: Shop'],
  ['yaml.missing_key', contractPath, 'version: 1.0.0', 'status: active'],
  ['yaml.type', domainPath, 'owner: shop@example.org', 'owner: [a]', '[a]'],
  ['yaml.type', contractPath, 'primaryKey: true', 'primaryKey: yes', 'yes'],
  ['yaml.type', contractPath, 'mustBe: 0', 'mustBe: 90071992547409921', '90071992547409921'],
  ['variable.unresolved', domainPath, '${ISSUER}', '${OTHER}', '${OTHER}'],
  ['variable.malformed', domainPath, '${ISSUER}', '${ISS', '${ISS'],
  ['variable.malformed', domainPath, '${ISSUER}', '${ISSUER:-x}', '${ISSUER:-x}'],
  ['name.invalid', contractPath, 'name: mail', 'name: Mail', 'Mail'],
  ['name.invalid', contractPath, 'name: mail', 'name: when', 'when'],
  ['name.invalid', 'mesh.yaml', 'name: small', 'name: Small!', 'Small!'],
  ['name.invalid', 'mesh.yaml', '[shop]', '[shop, s-hop]', 's-hop'],
  ['name.duplicate', 'mesh.yaml', '[shop]', '[shop, shop]'],
  ['name.duplicate', domainPath, 'attributes: [badge]', 'attributes: [badge, badge]'],
  [
    'name.duplicate',
    domainPath,
    'issuers:',
    'issuers:\n  - { alias: workforce, issuer: https://b.example, audience: a, algorithms: [ES256] }',
  ],
  [
    'name.duplicate',
    contractPath,
    '- { metric: nullValues, mustBe: 0, severity: error }',
    '- { metric: nullValues, mustBe: 0 }\n          - { metric: nullValues, mustBe: 1 }',
  ],
  ['mesh.unknown_domain', 'mesh.yaml', '[shop]', '[other]'],
  ['taxonomy.unknown_parent', taxonomyPath, 'parents: [pii]', 'parents: [pi]', 'name: {'],
  ['taxonomy.cycle', taxonomyPath, 'pii: { kind: restricting }', 'pii: { kind: restricting, parents: [name] }'],
  ['taxonomy.cycle', taxonomyPath, 'analytics: {', 'analytics: { parents: [analytics],', 'analytics: {'],
  ['taxonomy.kind', taxonomyPath, 'pii: { kind: restricting }', 'pii: { kind: open }', 'open'],
  ['taxonomy.iri', taxonomyPath, 'https://w3id.org/dpv#ServiceUsageAnalytics', 'dpv:Analytics', 'dpv:Analytics'],
  ['taxonomy.mask', taxonomyPath, 'partial: email', 'partial: phone', 'phone'],
  ['taxonomy.mask', taxonomyPath, 'partial: email', 'partial: { first: 0, last: 0 }', '{ first'],
  ['taxonomy.mask', taxonomyPath, 'bucket: 10', 'bucket: 0', '{ bucket'],
  ['taxonomy.mask', taxonomyPath, 'bucket: 10', 'bucket: 10, date: year', '{ bucket'],
  ['taxonomy.mask', taxonomyPath, 'bucket: 10', "digits: 3, pattern: '(a'", '{ digits'],
  ['name.invalid', taxonomyPath, 'roles: [analyst]', 'roles: [analyst]\ngroups: [All Staff]', 'groups'],
  ['taxonomy.attribute_type', taxonomyPath, 'badge: integer', 'badge: date', 'date'],
  ['link.entity', linksPath, 'Mesh::Role::"analyst"', 'analyst', 'analyst'],
  ['yaml.unknown_key', linksPath, 'principal:', 'action:', 'action'],
  ['yaml.missing_key', linksPath, 'template: shop/t, ', ''],
  ['baseline.unknown_label', baselinePath, 'label: pii', 'label: phi', 'phi'],
  ['baseline.requirement', baselinePath, 'must: [subject]', 'must: [beauty]', 'beauty'],
  ['domain.issuer_url', domainPath, '${ISSUER}', 'http://login.example.org', 'http://login'],
  ['domain.issuer_url', domainPath, '${ISSUER}', 'https://user@login.example.org', 'https://user'],
  ['domain.algorithm', domainPath, '[ES256]', '[none]', 'none'],
  ['domain.algorithm', domainPath, '[ES256]', '[HS256]', 'HS256'],
  ['domain.algorithm', domainPath, '[ES256]', '[]'],
  ...deviceFindings,
  ['domain.lifetime', domainPath, 'maxLifetime: 600', 'maxLifetime: 100000', 'maxLifetime'],
  ['domain.unknown_role', domainPath, 'them: analyst', 'them: analysts', 'analysts'],
  ['domain.unknown_role', domainPath, 'role: analyst,', 'role: nobody,', 'nobody'],
  ['domain.issuer_kind', domainPath, 'maxLifetime: 600', 'kind: oidc', 'oidc'],
  ['domain.unknown_group', domainPath, 'maxLifetime: 600', 'groups: { theirs: ours }', 'ours'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'token: { client: azp }', 'token'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { client: azp, type: at+JWT }'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { client: sub }'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { client: azp, id: exp }'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { client: azp, require: { typ: [] } }'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { client: azp, require: { typ: [null] } }'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { client: azp, require: { typ: [1.5] } }'],
  ['domain.token_form', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { client: azp, require: { iss: x } }'],
  ['yaml.missing_key', domainPath, 'maxLifetime: 600', 'kind: login'],
  ['yaml.missing_key', domainPath, 'maxLifetime: 600', 'kind: login\n    token: { type: JWT }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'claims: { badge: 7 }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'claims: { badge: a..b }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'claims: { badge: [] }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'claims: { badge: [a, 1] }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'claims: { badge: { claim: badge, maxAge: 0 } }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'claims: { badge: { claim: badge, maxAge: 86401 } }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'claims: { badge: a.b.c.d.e.f.g.h.i }'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'attributes: [badge]\n    claims: { badge: x }', 'badge: x'],
  ['domain.claim', domainPath, 'attributes: [badge]', 'rolesClaim: [[a]]'],
  ['domain.unknown_attribute', domainPath, 'attributes: [badge]', 'claims: { bagde: x }', 'bagde'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: []'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: oct, kid: k }]'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: EC, crv: P-384, kid: k, x: a, y: b }]'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: EC, crv: P-256, kid: k, x: a }]'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: EC, crv: P-256, x: a, y: b }]'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: EC, crv: P-256, kid: k, x: a, y: b, use: enc }]'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: EC, crv: P-256, kid: k, x: a, y: b, alg: ES384 }]'],
  ['domain.key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: RSA, kid: k, n: a, e: AQAB }]'],
  ['domain.private_key', domainPath, 'maxLifetime: 600', 'keys: [{ kty: EC, crv: P-256, kid: k, x: a, y: b, d: c }]', '{ kty'],
  [
    'name.duplicate',
    domainPath,
    'maxLifetime: 600',
    'keys: [{ kty: EC, crv: P-256, kid: k, x: a, y: b }, { kty: EC, crv: P-256, kid: k, x: a, y: b }]',
  ],
  ['domain.exchange_only', domainPath, 'maxLifetime: 600', 'kind: workload', 'roles'],
  ['domain.unknown_purpose', domainPath, 'purposes: [analytics]', 'purposes: [fun]', 'fun'],
  ['domain.unknown_attribute', domainPath, 'attributes: [badge]', 'attributes: [bagde]', 'bagde'],
  ['domain.agent_and_workload', domainPath, 'agents: [robot]', 'agents: [robot]\n    workloads: [robot]'],
  ['domain.signals', domainPath, 'agents: [robot]', signals('https://other.example.org/.well-known/ssf-configuration'), '"https://other'],
  ['domain.signals', domainPath, 'agents: [robot]', signals('https://login.example.org/ssf', 'delivery: mail'), 'mail'],
  ['domain.signals', domainPath, 'agents: [robot]', signals('https://login.example.org/ssf', 'delivery: poll, silence: 1'), 'silence'],
  ['yaml.missing_key', domainPath, 'agents: [robot]', signals('https://login.example.org/ssf', '')],
  ['contract.api_version', contractPath, 'v3.2.0', 'v2.2.2', 'v2.2.2'],
  ['contract.api_version', contractPath, 'v3.2.0', 'v3.3.0', 'v3.3.0'],
  ['contract.kind', contractPath, 'DataContract', 'DataProduct', 'DataProduct'],
  ['contract.identity', contractPath, 'id: shop.crm', 'id: shop.other', 'shop.other'],
  ['contract.identity', contractPath, 'domain: shop', 'domain: sales', 'sales'],
  ['contract.identity', contractPath, 'name: crm', 'name: srm', 'srm'],
  ['contract.duplicate_physical_name', contractPath, 'physicalName: E-Mail', 'physicalName: id', 'mail'],
  ['contract.duplicate_column', contractPath, 'name: mail', 'name: id'],
  ['contract.empty', contractPath, base[contractPath]!.slice(base[contractPath]!.indexOf('schema:')), 'schema: []\n'],
  ['contract.empty', contractPath, base[contractPath]!.slice(base[contractPath]!.indexOf('    custom')), ''],
  ['contract.type', contractPath, 'logicalType: integer', 'logicalType: int', 'int'],
  ['contract.type', contractPath, 'logicalType: integer', 'description: no type'],
  ['contract.type', contractPath, 'logicalType: integer', 'logicalType: integer\n        physicalType: VARCHAR(3)', 'VARCHAR'],
  ['contract.type', contractPath, 'logicalType: integer', 'physicalType: DECIMAL', 'DECIMAL'],
  ['contract.type', contractPath, 'logicalType: integer', 'physicalType: DECIMAL(39,2)', 'DECIMAL'],
  [
    'contract.type',
    contractPath,
    'logicalType: integer',
    'physicalType: TIMESTAMPTZ\n        logicalTypeOptions: { timezone: false }',
    'TIMESTAMPTZ',
  ],
  ['contract.nested_type', contractPath, 'logicalType: integer', 'logicalType: array', 'array'],
  ['contract.option', contractPath, 'maxLength: 80', 'maximum: 80', 'maximum'],
  ['contract.option', contractPath, 'maxLength: 80', 'maxLength: -1', 'maxLength'],
  ['contract.option', contractPath, 'maxLength: 80', 'maxLength: 80, minLength: 81', 'minLength'],
  ['contract.option', contractPath, 'maxLength: 80 }', 'maxLength: 80 }\n        enum: []', 'enum'],
  ['contract.pattern', contractPath, 'maxLength: 80', "pattern: '(?=a)'", "'(?=a)'"],
  ['contract.pattern', contractPath, 'nullValues,', "invalidValues, arguments: { pattern: '(a)\\1' },", "'(a)"],
  ['contract.pattern', contractPath, 'maxLength: 80', "pattern: 'a{2000}'", "'a{2000}'"],
  [
    'contract.not_enforced',
    contractPath,
    'logicalType: integer',
    'logicalType: integer\n        logicalTypeOptions: { multipleOf: 2 }',
    'multipleOf',
  ],
  [
    'contract.unknown_classification',
    contractPath,
    'classification: internal\n        tags',
    'classification: secret\n        tags',
    'secret',
  ],
  [
    'contract.unknown_classification',
    contractPath,
    'classification: internal\n        tags',
    'classification: pii\n        tags',
    'pii\n        tags',
  ],
  [
    'contract.unknown_label',
    contractPath,
    '[{ property: selvageSemanticType',
    '[{ property: selvageLabels, value: [phi] }, { property: selvageSemanticType',
    'phi',
  ],
  ['contract.label_is_classification', contractPath, 'tags: [pii]', 'tags: [pii, internal]'],
  ['contract.tag_like_label', contractPath, 'tags: [pii]', 'tags: [PII]', 'PII'],
  ['contract.unknown_semantic_type', contractPath, 'value: email', 'value: fax', 'fax'],
  ['contract.semantic_role', contractPath, 'physicalName: E-Mail', 'semanticType: measure', 'measure'],
  ['contract.unknown_subject', contractPath, 'value: id', 'value: nobody', 'nobody'],
  withSet('yaml.type', 'sites', 'sites'),
  withSet('yaml.missing_key', '[{ name: sites, via: visit.customer }]', '{ name: sites'),
  withSet('yaml.unknown_key', '[{ name: sites, via: visit.customer, collect: site, wher: x }]', 'wher'),
  withSet(
    'yaml.too_complex',
    `[${Array.from({ length: 17 }, (_, i) => `{ name: s${i}, via: visit.customer, collect: site }`).join()}]`,
    '[{ name: s0',
  ),
  withSet(
    'name.duplicate',
    '[{ name: sites, via: visit.customer, collect: site }, { name: sites , via: visit.customer, collect: site }]',
    'sites ,',
  ),
  withSet('name.invalid', '[{ name: Sites, via: visit.customer, collect: site }]', 'Sites'),
  withSet('contract.set_name', '[{ name: mail, via: visit.customer, collect: site }]', 'mail, via'),
  withSet('contract.set_foreign_key', '[{ name: sites, via: visit.site, collect: site }]', 'visit.site'),
  withSet('contract.set_foreign_key', '[{ name: sites, via: nowhere.customer, collect: site }]', 'nowhere.customer'),
  withSet('contract.set_foreign_key', '[{ name: sites, via: other.crm.visit.customer, collect: site }]', 'other.crm'),
  withSet('contract.set_column', '[{ name: sites, via: visit.customer, collect: nothing }]', 'nothing'),
  withSet('contract.set_type', '[{ name: sites, via: visit.customer, collect: day }]', 'day }'),
  withSet('contract.set_label', '[{ name: mails, via: visit.customer, collect: mail }]', 'mails'),
  withSet(
    'contract.set_label',
    '[{ name: sites, via: visit.customer, collect: site }] }, { property: selvageLabels, value: [open]',
    'sites',
  ),
  ['contract.primary_key', contractPath, 'primaryKey: true', 'primaryKey: true\n        primaryKeyPosition: 2'],
  ['contract.primary_key', contractPath, 'primaryKey: true', 'primaryKeyPosition: 1'],
  ['contract.unknown_property', contractPath, 'selvageSubject', 'selvageSubjet', 'selvageSubjet'],
  [
    'contract.access',
    contractPath,
    'schema:',
    'customProperties: [{ property: selvageAccess, value: [{ role: boss, purposes: [analytics] }] }]\nschema:',
    'boss',
  ],
  [
    'contract.access',
    contractPath,
    'schema:',
    'customProperties: [{ property: selvageAccess, value: [{ role: analyst, purposes: [fun] }] }]\nschema:',
    'fun',
  ],
  [
    'contract.access',
    contractPath,
    'schema:',
    'customProperties: [{ property: selvageAccess, value: [{ role: analyst, purposes: [analytics], tables: [ghost] }] }]\nschema:',
    'ghost',
  ],
  [
    'contract.access',
    contractPath,
    'schema:',
    'customProperties: [{ property: selvageAccess, value: [{ role: analyst, purposes: [] }] }]\nschema:',
    'purposes',
  ],
  [
    'contract.access',
    contractPath,
    'schema:',
    'customProperties: [{ property: selvageAccess, value: [{ role: analyst, purposes: [analytics], tables: [] }] }]\nschema:',
    'tables',
  ],
  [
    'name.duplicate',
    contractPath,
    'schema:',
    'customProperties: [{ property: selvageAccess, value: [{ role: analyst, purposes: [analytics] }, { role: analyst, purposes: [analytics] }] }]\nschema:',
  ],
  ['yaml.type', contractPath, 'schema:', 'customProperties: [{ property: selvageAccess, value: analyst }]\nschema:', 'analyst'],
  [
    'yaml.unknown_key',
    contractPath,
    'schema:',
    'customProperties: [{ property: selvageAccess, value: [{ role: analyst, purposes: [analytics], purpose: x }] }]\nschema:',
    'purpose:',
  ],
  ['contract.server', contractPath, 'format: csv', 'format: parquet', 'parquet'],
  ['contract.server', contractPath, 'format: csv', 'format: csv, encoding: ISO-8859-1', 'ISO-8859-1'],
  ['contract.server_not_used', contractPath, 'servers:', 'servers:\n  - { server: s3, type: s3, location: s3://bucket }'],
  ['contract.source_path', contractPath, 'shop/{table}.csv', '../{table}.csv', "'../"],
  ['contract.source_path', contractPath, 'shop/{table}.csv', '/etc/passwd', "'/etc"],
  ['contract.source_path', contractPath, 'shop/{table}.csv', 'shop/{name}.csv', "'shop/{name}"],
  ['contract.source_path', contractPath, 'name: customer', 'name: customer\n    physicalName: ../x', '../x'],
  ['contract.delimiter', contractPath, 'delimiter: ;', 'delimiter: xy', 'xy'],
  ['contract.quality', contractPath, 'nullValues', 'nulls', 'nulls'],
  ['contract.quality', contractPath, 'metric: nullValues', 'metric: rowCount'],
  ['contract.quality', contractPath, 'metric: nullValues, mustBe: 0', 'type: custom, engine: soda, implementation: x', 'soda'],
  [
    'contract.quality',
    contractPath,
    'metric: nullValues, mustBe: 0',
    'type: custom, engine: selvage, implementation: { checkDigit: crc }',
    'crc',
  ],
  ['contract.quality', contractPath, 'metric: nullValues', 'metric: invalidValues'],
  ['contract.operator', contractPath, ', mustBe: 0', '', '{ metric'],
  ['contract.operator', contractPath, 'mustBe: 0', 'mustBe: 0, mustNotBe: 1', '{ metric'],
  ['contract.operator', contractPath, 'mustBe: 0', 'mustBeBetween: [2, 1]', 'mustBeBetween'],
  ['contract.operator', contractPath, 'mustBe: 0', 'mustBe: 0, unit: dozens', 'dozens'],
  ['contract.severity', contractPath, 'severity: error', 'severity: high', 'high'],
  [
    'contract.unknown_column',
    contractPath,
    '    properties:',
    '    quality: [{ metric: duplicateValues, mustBe: 0, arguments: { properties: [nose] } }]\n    properties:',
    'nose',
  ],
  ['contract.rule_not_run', contractPath, 'metric: nullValues,', 'type: sql, query: SELECT 1,', 'SELECT'],
  ['contract.baseline', contractPath, '[{ property: selvageSubject, value: id }]', '[]', 'mail'],
  ['contract.baseline', contractPath, 'primaryKey: true\n        classification: internal', 'primaryKey: true', 'id\n        logicalType'],
]

const secondTable =
  '  - name: customer\n    physicalName: other\n    properties: [{ name: id, logicalType: integer, classification: internal }]\n'

/** Trees that are no edit of one file. */
const trees: readonly (readonly [FindingCode, () => TreeFile[]])[] = [
  ['tree.too_large', () => filesOf({ ...base, [domainPath]: ' '.repeat(treeBounds.file + 1) })],
  ['tree.too_large', () => Array.from({ length: treeBounds.files + 1 }, (_, index) => ({ path: `x${index}`, text: '' }))],
  [
    'tree.too_many_findings',
    () => filesOf({ ...base, [contractPath]: Array.from({ length: maxFindings + 1 }, (_, index) => `k${index}: 1\n`).join('') }),
  ],
  ['tree.path', () => [...filesOf(base), { path: '../mesh.yaml', text: '' }]],
  ['tree.path', () => [...filesOf(base), { path: '/etc/passwd', text: '' }]],
  ['tree.duplicate_file', () => [...filesOf(base), { path: 'mesh.yaml', text: 'name: other\ndomains: []\n' }]],
  ['tree.missing_file', () => filesOf(base).filter(file => file.path !== baselinePath)],
  ['tree.unknown_file', () => filesOf({ ...base, 'domains/shop/domain.yml': '' })],
  ['yaml.too_complex', () => filesOf({ ...base, [domainPath]: `owner: ${'['.repeat(100)}${']'.repeat(100)}\n` })],
  ['name.invalid', () => filesOf({ ...base, 'domains/shop/products/C-RM/contract.odcs.yaml': '' })],
  ['contract.duplicate_table', () => filesOf({ ...base, [contractPath]: base[contractPath]! + secondTable })],
  ['contract.collision', () => filesOf({ ...base, 'domains/shop/products/srm/contract.odcs.yaml': base[contractPath]! })],
  [
    'contract.server',
    () =>
      filesOf({
        ...base,
        [contractPath]: base[contractPath]!.replace('servers:', 'servers:\n  - { server: more, type: local, path: x.csv, format: csv }'),
      }),
  ],
  [
    'contract.source_path',
    () => filesOf({ ...base, [contractPath]: base[contractPath]!.replace('{table}', 'x') + secondTable.replace('customer', 'more') }),
  ],
]

function placeOf(text: string, at: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(at)).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1 }
}

function expectSound(found: Finding | undefined, code: FindingCode, parsed: ReturnType<typeof parseMesh>): void {
  expect(found, `${code} among ${JSON.stringify(parsed.findings)}`).toBeDefined()
  expect(found).toMatchObject({
    severity: findingTable[code].severity,
    what: expect.stringMatching(/^\S/),
    help: expect.stringMatching(/^\S.*[.?]$/),
  })
  expect(parsed.mesh === undefined).toBe(parsed.findings.some(finding => finding.severity === 'error'))
}

describe('findings', () => {
  it('has none for a sound tree', () => {
    const { mesh, findings } = parseMesh(filesOf(base))
    expect(findings).toEqual([])
    expect(mesh?.domains[0]?.issuers[0]).toMatchObject({ issuer: 'https://login.example.org', workloads: [] })
    expect(mesh?.domains[0]?.products[0]?.source).toEqual({ kind: 'csv', path: 'shop/{table}.csv', delimiter: ';' })
  })

  for (const [code, path, from, to, at] of edits) {
    it(`${code} in ${path}: ${JSON.stringify(from).slice(0, 60)} -> ${JSON.stringify(to)}`, () => {
      const before = base[path]!
      expect(before).toContain(from)
      const text = before.replace(from, () => to)
      const parsed = parseMesh(filesOf({ ...base, [path]: text }))
      const found = parsed.findings.filter(finding => finding.code === code)
      expectSound(found[0], code, parsed)
      if (at !== undefined) expect(found).toContainEqual(expect.objectContaining({ file: path, ...placeOf(text, at) }))
    })
  }

  it.each(trees)('%s in a tree', (code, files) => {
    const parsed = parseMesh(files())
    expectSound(
      parsed.findings.find(finding => finding.code === code),
      code,
      parsed,
    )
  })

  it('leaves the files of other domains unread where one is asked for', () => {
    const files = filesOf({
      ...base,
      'mesh.yaml': 'name: small\ndomains: [shop, else]\nvariables: { ISSUER: https://a.example }\n'.replace('else', 'other'),
      'domains/other/domain.yaml': ': [',
    })
    const parsed = parseMesh(files, { domain: 'shop' })
    expectSound(parsed.findings[0], 'tree.foreign_domain', parsed)
    expect(parsed.mesh?.domains.map(domain => domain.name)).toEqual(['shop'])
    expect(parseMesh(files, { domain: 'nowhere' }).findings.map(finding => finding.code)).toContain('mesh.unknown_domain')
  })

  it('raises every code of the table in some test', () => {
    const raised = new Set<string>([...edits, ...trees].map(([code]) => code)).add('tree.foreign_domain')
    // Raised by packages/cli/src/decision-tests/run.test.ts, where the tables are run, and by directory-file.test.ts.
    const others = (code: string): boolean => code.startsWith('test.') || code.startsWith('directory.')
    expect(Object.keys(findingTable).filter(code => !raised.has(code) && !others(code))).toEqual([])
  })

  it('tells all problems at once, by file and place', () => {
    const tree = {
      ...base,
      [domainPath]: base[domainPath]!.replace('[ES256]', '[none]').replace('badge', 'bagde'),
      [baselinePath]: 'require: 3\n',
    }
    const codes = parseMesh(filesOf(tree)).findings.map(finding => [finding.file, finding.code])
    expect(codes).toEqual([
      [domainPath, 'domain.algorithm'],
      [domainPath, 'domain.unknown_attribute'],
      [baselinePath, 'yaml.type'],
    ])
  })
})
