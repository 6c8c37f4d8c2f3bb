import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type DevMesh, startDevMesh } from '../../dev-mesh.ts'
import { labContract } from '../lab-contract.ts'

/** A stranger's mesh of one domain, made for what the example does not have: hidden columns, many tables, odd people. */

export const wideTables: readonly string[] = Array.from(
  { length: 30 },
  (_, i) => `a_table_with_quite_a_long_name_number_${String(i + 1).padStart(2, '0')}`,
)

const classified = 'classification: public'
const wideSchema = wideTables
  .map(
    name => `  - name: ${name}
    properties:
      - { name: id, logicalType: integer, required: true, unique: true, primaryKey: true, ${classified} }
      - { name: a_column_with_a_long_name_too, logicalType: string, ${classified} }`,
  )
  .join('\n')

/**
 * `wgh` and `bpg` are hidden from some. They share no letter with the others, nor do the missing names that tests try: which
 * names are proposed first depends on what was typed, and on nothing that is hidden.
 */
const order = `  - name: orders
    properties:
      - { name: order_id, logicalType: integer, required: true, unique: true, primaryKey: true, ${classified} }
      - name: customer_email
        logicalType: string
        required: true
        classification: confidential
        tags: [pii]
        customProperties: [{ property: selvageSemanticType, value: email }]
      - { name: country, logicalType: string, required: true, ${classified} }
      - { name: total, logicalType: number, physicalType: "DECIMAL(10,2)", required: true, ${classified} }
      - { name: bpg, logicalType: string, ${classified} }
      - { name: wgh, logicalType: integer, ${classified} }`

const ledger = `  - name: ledger
    properties:
      - { name: id, logicalType: integer, required: true, unique: true, primaryKey: true, ${classified} }`

/** Its data do not fit, so it is never published. */
const readings = `  - name: readings
    properties:
      - { name: id, logicalType: integer, required: true, unique: true, primaryKey: true, ${classified} }
      - { name: taken, logicalType: date, required: true, ${classified} }`

const permitOf = (id: string, head: string, rest = ''): string => `@id("${id}")\npermit (${head})${rest};\n`
const analytics = '\nwhen { context.purpose in Mesh::Purpose::"analytics" }'

const files: Readonly<Record<string, string>> = {
  'mesh.yaml': `name: labmesh
domains: [lab]
variables: { STAFF_ISSUER: "http://127.0.0.1:4830", GUEST_ISSUER: "http://127.0.0.1:4831" }
`,
  'people.yaml': `staff:
  - { login: ana, kind: User, roles: [analyst] }
  - { login: uma, kind: User, roles: [helper], attributes: { country: UK } }
  - { login: ivo, kind: User, roles: [auditor] }
  - { login: kim, kind: User, roles: [keeper] }
  - { login: nemo, kind: User, roles: [] }
  - { login: bot, kind: Agent, roles: [analyst] }
guest:
  - { login: ana, kind: User, roles: [analyst] }
`,
  'directory.yaml': `issuer: staff
source: people.yaml
observed: 2026-11-26
people:
  ana: { roles: [analyst] }
  uma: { roles: [helper], attributes: { country: UK } }
  ivo: { roles: [auditor] }
  kim: { roles: [keeper] }
  nemo: {}
programs:
  bot: { roles: [analyst] }
`,
  'guardrails/taxonomy.yaml': `labels:
  public: { classification: true, kind: releasing }
  confidential: { classification: true, kind: restricting }
  pii: { kind: restricting }
purposes:
  analytics: { iri: "https://w3id.org/dpv#ServiceUsageAnalytics" }
  support: { iri: "https://w3id.org/dpv#ServiceProvision" }
  marketing: { iri: "https://w3id.org/dpv#Marketing" }
semanticTypes:
  email: { partial: email }
subjectAttributes:
  country: string
roles: [analyst, helper, auditor, keeper]
`,
  'guardrails/baseline.yaml': 'require:\n  - must: [classification]\n',
  'guardrails/pii.cedar': `@id("central/pii")
@mask("token")
@reason("personal data is tokenised outside support")
forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii")
unless { context.purpose in Mesh::Purpose::"support" };
`,
  'domains/lab/domain.yaml': `owner: lab@example.org
issuers:
  - alias: staff
    issuer: \${STAFF_ISSUER}
    audience: selvage:labmesh
    algorithms: [ES256]
    maxLifetime: 600
    roles: { analyst: analyst, helper: helper, auditor: auditor, keeper: keeper }
    attributes: [country]
    agents: [bot]
  - alias: guest
    issuer: \${GUEST_ISSUER}
    audience: selvage:labmesh
    algorithms: [ES256]
    maxLifetime: 600
    roles: {}
declare:
  - { role: analyst, purposes: [analytics, support] }
  - { role: helper, purposes: [support] }
  - { role: keeper, purposes: [support] }
`,
  'domains/lab/policies/access.cedar': [
    permitOf(
      'lab/broken',
      'principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Product::"lab.broken"',
      analytics,
    ),
    permitOf(
      'lab/analysts',
      'principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Product::"lab.shop"',
      analytics,
    ),
    permitOf(
      'lab/wide',
      'principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Product::"lab.wide"',
      analytics,
    ),
    ...wideTables.map((name, i) =>
      permitOf(
        `lab/a-rule-with-quite-a-long-name-number-${i + 1}`,
        `principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Table::"lab.wide.${name}"`,
        analytics,
      ),
    ),
    permitOf('lab/keepers', 'principal in Mesh::Role::"keeper", action in Mesh::Action::"use", resource in Mesh::Domain::"lab"'),
    permitOf(
      'lab/own-country',
      'principal is Mesh::User in Mesh::Role::"helper", action == Mesh::Action::"read", resource is lab::shop::orders',
      `
when {
  context.purpose in Mesh::Purpose::"support" &&
  resource has country && principal has country && resource.country == principal.country
}`,
    ),
    // Of the order, a helper is shown these columns; no rule speaks of `bpg`.
    ...['order_id', 'customer_email', 'country', 'total'].map(name =>
      permitOf(
        `lab/helper-${name.replace('_', '-')}`,
        `principal in Mesh::Role::"helper", action == Mesh::Action::"reveal", resource in Mesh::Column::"lab.shop.orders.${name}"`,
      ),
    ),
    permitOf(
      'lab/administrators',
      'principal in Mesh::Role::"keeper", action == Mesh::Action::"administer", resource in Mesh::Product::"lab.shop"',
    ),
    permitOf('lab/auditors', 'principal in Mesh::Role::"auditor", action == Mesh::Action::"audit", resource in Mesh::Domain::"lab"'),
    `@id("lab/secret-score")
forbid (principal, action == Mesh::Action::"discover", resource == Mesh::Column::"lab.shop.orders.wgh")
unless { principal in Mesh::Role::"keeper" };
`,
  ].join('\n'),
  'domains/lab/products/shop/contract.odcs.yaml': labContract('shop', order),
  'domains/lab/products/vault/contract.odcs.yaml': labContract('vault', ledger),
  'domains/lab/products/broken/contract.odcs.yaml': labContract('broken', readings),
  'domains/lab/products/wide/contract.odcs.yaml': labContract('wide', wideSchema),
  'data/shop/orders.csv': `order_id,customer_email,country,total,bpg,wgh
1,ada@example.org,UK,12.50,n1,7
2,grace@example.org,US,99.00,n2,8
3,ada@example.org,UK,7.25,n3,9
4,SENTINEL-row@example.org,UK,31.00,n4,10
`,
  'data/broken/readings.csv': 'id,taken\nSENTINEL-id,2026-01-01\n2,SENTINEL-date\n',
  'data/vault/ledger.csv': 'id\n1\n',
  ...Object.fromEntries(wideTables.map(name => [`data/wide/${name}.csv`, 'id,a_column_with_a_long_name_too\n1,x\n'])),
}

export function writeLabTree(): string {
  const tree = mkdtempSync(join(tmpdir(), 'selvage-lab-'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  return tree
}

export async function startLabMesh(portBase: number): Promise<DevMesh> {
  const tree = writeLabTree()
  const mesh = await startDevMesh({ portBase, tree, data: join(tree, 'data') })
  const stop = async (): Promise<void> => {
    await mesh.stop()
    rmSync(tree, { recursive: true, force: true })
  }
  return { ...mesh, stop }
}
