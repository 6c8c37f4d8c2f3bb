import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { secretKeyFile } from '@selvage/bundle'
import { type DevMesh, startDevMesh } from '../dev-mesh.ts'

/** A row of the table that holds hostile texts as its values. The last of them is hidden from the analyst. */
export interface Said {
  readonly id: number
  readonly text: string
}

const contract = (schema: string): string => `apiVersion: v3.2.0
kind: DataContract
id: lab.words
name: words
version: 1.0.0
status: active
domain: lab
servers: [{ server: files, type: local, path: "words/{table}.csv", format: csv }]
schema:
${schema}
`

const said = `  - name: said
    properties:
      - { name: id, logicalType: integer, required: true, unique: true, primaryKey: true, classification: public }
      - { name: text, logicalType: string, classification: public }
      - { name: masked, logicalType: string, classification: confidential, tags: [pii] }
      - { name: hidden, logicalType: string, classification: confidential }
      - { name: shown, logicalType: boolean, classification: public }`

/** Columns whose names in the file are hostile texts. */
const odd = (names: readonly string[]): string =>
  `  - name: odd\n    properties:\n${names
    .map((name, i) => `      - { name: c${i}, physicalName: ${JSON.stringify(name)}, logicalType: string, classification: public }`)
    .join('\n')}`

const access = `
@id("lab/use") permit (principal in Mesh::Role::"analyst", action in Mesh::Action::"use", resource in Mesh::Domain::"lab");
@id("lab/audit") permit (principal in Mesh::Role::"analyst", action == Mesh::Action::"audit", resource in Mesh::Domain::"lab");
@id("lab/hidden") forbid (principal, action == Mesh::Action::"discover", resource == Mesh::Column::"lab.words.said.hidden");
@id("lab/masked") @mask("token") forbid (principal, action == Mesh::Action::"reveal", resource in Mesh::Column::"lab.words.said.masked");
@id("lab/shown") forbid (principal, action == Mesh::Action::"read", resource is lab::words::said)
unless { resource has shown && resource.shown };
`

const files = (physical: readonly string[], rows: readonly Said[]): Readonly<Record<string, string>> => ({
  'mesh.yaml': `name: wordmesh
domains: [lab]
variables: { STAFF_ISSUER: "http://127.0.0.1:4830" }
`,
  'people.yaml': 'staff:\n  - { login: ana, kind: User, roles: [analyst] }\n',
  'directory.yaml': 'issuer: staff\nsource: people.yaml\nobserved: 2026-11-26\npeople:\n  ana: { roles: [analyst] }\n',
  'guardrails/taxonomy.yaml': `labels:
  public: { classification: true, kind: releasing }
  confidential: { classification: true, kind: restricting }
  pii: { kind: restricting }
purposes:
  analytics: { iri: "https://w3id.org/dpv#ServiceUsageAnalytics" }
roles: [analyst]
`,
  'guardrails/baseline.yaml': 'require:\n  - must: [classification]\n',
  'domains/lab/domain.yaml': `owner: lab@example.org
issuers:
  - alias: staff
    issuer: \${STAFF_ISSUER}
    audience: selvage:wordmesh
    algorithms: [ES256]
    maxLifetime: 600
    roles: { analyst: analyst }
    signals:
      configuration: "\${STAFF_ISSUER}/.well-known/ssf-configuration"
      audience: https://lab.example.org
      delivery: push
devices:
  - source: mdm
    method: managed
    key: { kty: OKP, crv: Ed25519, x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }
declare:
  - { role: analyst, purposes: [analytics] }
`,
  'domains/lab/policies/access.cedar': access,
  'domains/lab/products/words/contract.odcs.yaml': contract(`${said}\n${odd(physical)}`),
  'data/words/said.csv': csv([
    ['id', 'text', 'masked', 'hidden', 'shown'],
    ...rows.map(({ id, text }) => [String(id), text, `SECRET${id}`, `SECRET${id}`, 'true']),
    ['0', 'SECRET00', 'SECRET00', 'SECRET00', 'false'],
  ]),
  'data/words/odd.csv': csv([physical, physical.map((_, i) => `value ${i}`)]),
})

const csv = (rows: readonly (readonly string[])[]): string =>
  `${rows.map(row => row.map(cell => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\n')}\n`

export interface WordMesh extends DevMesh {
  readonly tree: string
  /** What the gate gave to the transmitter of `staff`. */
  readonly transmitter: string
}

/** @param physical names of columns in a file; @param rows values in a file */
export async function startWordMesh(portBase: number, physical: readonly string[], rows: readonly Said[]): Promise<WordMesh> {
  const tree = mkdtempSync(join(tmpdir(), 'selvage-words-'))
  for (const [path, text] of Object.entries(files(physical, rows))) {
    mkdirSync(dirname(join(tree, path)), { recursive: true })
    writeFileSync(join(tree, path), text)
  }
  const mesh = await startDevMesh({ portBase, tree, data: join(tree, 'data') })
  const stop = async (): Promise<void> => {
    await mesh.stop()
    rmSync(tree, { recursive: true, force: true })
  }
  const key = secretKeyFile(join(mesh.state, 'gates', 'lab', 'keys', 'signals-staff.key'))
  return { ...mesh, tree, stop, transmitter: `Bearer ${Buffer.from(key).toString('base64url')}` }
}
