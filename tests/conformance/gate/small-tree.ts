import type { BundleFile } from '@selvage/bundle'
import { labContract } from '../lab-contract.ts'

/** The smallest mesh that has everything a gate can refuse: one domain, two products, two issuers. */

const id = '      - { name: id, logicalType: integer, required: true, unique: true, primaryKey: true, classification: public }'

const orders = `  - name: orders
    properties:
${id}
      - name: email
        logicalType: string
        required: true
        classification: confidential
        tags: [pii]
        customProperties: [{ property: selvageSemanticType, value: email }]
      - { name: country, logicalType: string, required: true, classification: public }`

/** Its data do not fit, so it is never published. */
const readings = `  - name: readings
    properties:
${id}
      - { name: taken, logicalType: date, required: true, classification: public }`

const text = (path: string, content: string): BundleFile => ({ path, text: content })

export const centreFiles: readonly BundleFile[] = [
  text(
    'mesh.yaml',
    `name: small\ndomains: [lab]\nvariables: { STAFF_ISSUER: "http://127.0.0.1:1", GONE_ISSUER: "http://127.0.0.1:2", DEVICES_KEY: ${'A'.repeat(43)} }\n`,
  ),
  text(
    'guardrails/taxonomy.yaml',
    `labels:
  public: { classification: true, kind: releasing }
  confidential: { classification: true, kind: restricting }
  pii: { kind: restricting }
purposes:
  analytics: { iri: "https://w3id.org/dpv#ServiceUsageAnalytics" }
  support: { iri: "https://w3id.org/dpv#ServiceProvision" }
  marketing: { iri: "https://w3id.org/dpv#Marketing" }
semanticTypes:
  email: { partial: email }
roles: [analyst]
`,
  ),
  text('guardrails/baseline.yaml', 'require:\n  - must: [classification]\n'),
  text(
    'guardrails/pii.cedar',
    `@id("central/pii")
@mask("token")
forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Label::"pii");
`,
  ),
]

const issuer = (alias: string, more = ''): string => `  - alias: ${alias}
    issuer: \${${alias.toUpperCase()}_ISSUER}
    audience: selvage:small
    algorithms: [ES256]
    maxLifetime: 600
    roles: { analyst: analyst }
    agents: [bot]
${more}`

const permit = (product: string): string => `@id("lab/${product}")
permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Product::"lab.${product}")
when { context.purpose in Mesh::Purpose::"analytics" };
`

const domainFile = (staff: string): BundleFile =>
  text(
    'domains/lab/domain.yaml',
    `owner: lab@example.org
issuers:
${staff}${issuer('gone')}  - { alias: ci, kind: workload, issuer: 'https://ci.example.org', audience: selvage:small, algorithms: [ES256] }
devices:
  - source: mdm
    method: managed
    key: { kty: OKP, crv: Ed25519, x: "\${DEVICES_KEY}" }
declare:
  - { role: analyst, purposes: [analytics, support] }
`,
  )

export const domainFiles: readonly BundleFile[] = [
  domainFile(issuer('staff')),
  text('domains/lab/policies/access.cedar', permit('shop') + permit('broken')),
  text('domains/lab/products/shop/contract.odcs.yaml', labContract('shop', orders)),
  text('domains/lab/products/broken/contract.odcs.yaml', labContract('broken', readings)),
]

/** The same, where `staff` tells what happens after a token was issued. */
export function signallingFiles(
  delivery: 'push' | 'poll',
  { audience, silence = 150 }: { audience: string; silence?: number },
): readonly BundleFile[] {
  const configuration = '${STAFF_ISSUER}/.well-known/ssf-configuration'
  const signals = `    signals: { configuration: "${configuration}", audience: "${audience}", delivery: ${delivery}, silence: ${silence} }\n`
  const staff = issuer('staff', signals).replace('[ES256]', '[ES256, RS256]')
  return [domainFile(staff), ...domainFiles.slice(1)]
}

export const dataFiles: Readonly<Record<string, string>> = {
  'shop/orders.csv': 'id,email,country\n1,ada@example.org,UK\n2,grace@example.org,US\n3,CANARY-row@example.org,UK\n',
  'broken/readings.csv': 'id,taken\nCANARY-id,2026-01-01\n2,CANARY-date\n',
}
