import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKeySource, createVerifier, type Verifier } from '@selvage/identity'
import { parseMesh } from '@selvage/kernel/contract'
import { afterAll } from 'vitest'

const dir = mkdtempSync(join(tmpdir(), 'selvage-issuers-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let verifiers = 0

const taxonomy = `labels: { internal: { classification: true, kind: restricting } }
subjectAttributes: { employee_id: integer, provider_id: string, trainings: strings }
roles: [analyst, sales-rep, clinician]
groups: [emea-sales, analysts]
`

/** A gate's verifier, of a domain that lists this issuer (YAML); keys come over the wire. `tell` is given its events. */
export function verifierFor(issuer: string, tell: (event: string) => void = () => undefined): Verifier {
  const files = {
    'mesh.yaml': 'name: small\ndomains: [shop]\n',
    'guardrails/taxonomy.yaml': taxonomy,
    'guardrails/baseline.yaml': 'require: []\n',
    'domains/shop/domain.yaml': `owner: a@example.org\nissuers:\n${issuer}`,
  }
  const { mesh, findings } = parseMesh(Object.entries(files).map(([path, text]) => ({ path, text })))
  if (mesh === undefined) throw new Error(findings.map(({ what }) => what).join('\n'))
  const { subjectAttributes, roles, groups } = mesh.taxonomy
  verifiers += 1
  const keys = createKeySource({
    dir: join(dir, String(verifiers)),
    fetch,
    now: Date.now,
    allowPrivate: true,
    log: tell,
  })
  return createVerifier({ issuers: mesh.domains[0]!.issuers, subjectAttributes, roles, groups, keys, now: Date.now })
}
