import { describe, expect, it } from 'vitest'
import type { Issuer } from './mesh.ts'
import { parseMesh } from './parse-mesh.ts'

const taxonomy = `labels: { internal: { classification: true, kind: restricting } }
subjectAttributes: { badge: integer, trainings: strings, country: string }
roles: [analyst]
groups: [emea-sales, staff]
`
const plain = `  - alias: workforce
    issuer: https://login.example.org
    audience: selvage:small
    algorithms: [ES256, RS256]
`

function issuersOf(text: string): readonly Issuer[] | undefined {
  const files = {
    'mesh.yaml': 'name: small\ndomains: [shop]\n',
    'guardrails/taxonomy.yaml': taxonomy,
    'guardrails/baseline.yaml': 'require: []\n',
    'domains/shop/domain.yaml': `owner: a@example.org\nissuers:\n${text}`,
  }
  const { mesh, findings } = parseMesh(Object.entries(files).map(([path, file]) => ({ path, text: file })))
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  return mesh?.domains[0]?.issuers
}

describe('an issuer', () => {
  it('is of RFC 9068 and supplies nothing, where nothing else is said', () => {
    expect(issuersOf(plain)).toEqual([
      {
        alias: 'workforce',
        kind: 'rfc9068',
        token: { type: 'at+jwt', client: 'client_id', id: 'jti', require: {} },
        issuer: 'https://login.example.org',
        audience: 'selvage:small',
        algorithms: ['ES256', 'RS256'],
        maxLifetime: 600,
        roles: {},
        rolesClaim: ['roles'],
        groups: {},
        groupsClaim: ['groups'],
        attributes: [],
        claims: {},
        agents: [],
        workloads: [],
      },
    ])
  })

  it('of kind login says how its tokens differ', () => {
    const [issuer] = issuersOf(`${plain}    kind: login
    token: { type: JWT, client: azp, id: none, require: { typ: [Bearer, DPoP], ver: 2, org: true } }
`)!
    expect(issuer?.token).toEqual({ type: 'JWT', client: 'azp', require: { typ: ['Bearer', 'DPoP'], ver: [2], org: [true] } })
    expect(issuersOf(`${plain}    kind: login\n    token: { client: cid }\n`)?.[0]?.token).toEqual({
      type: 'at+jwt',
      client: 'cid',
      id: 'jti',
      require: {},
    })
  })

  it('says from which claims attributes, roles and groups come, and for how long', () => {
    const [issuer] = issuersOf(`${plain}    attributes: [country]
    claims:
      badge: employee.badge_number
      trainings: { claim: ['https://example.org/trainings'], maxAge: 28800 }
    rolesClaim: realm_access.roles
    groups: { /sales/emea: emea-sales, everybody: staff }
    groupsClaim: ['cognito:groups']
`)!
    expect(issuer).toMatchObject({
      attributes: ['country', 'badge', 'trainings'],
      claims: {
        country: { path: ['country'] },
        badge: { path: ['employee', 'badge_number'] },
        trainings: { path: ['https://example.org/trainings'], maxAge: 28_800 },
      },
      rolesClaim: ['realm_access', 'roles'],
      groups: { '/sales/emea': 'emea-sales', everybody: 'staff' },
      groupsClaim: ['cognito:groups'],
    })
  })

  it('may have its keys pinned', () => {
    const key = { kty: 'EC', crv: 'P-256', x: 'a'.repeat(43), y: 'b'.repeat(43), kid: 'one', alg: 'ES256', use: 'sig' }
    expect(issuersOf(`${plain}    keys: [${JSON.stringify(key)}]\n`)?.[0]?.keys).toEqual([key])
  })

  it('of kind workload is for exchange', () => {
    expect(issuersOf(`${plain}    kind: workload\n`)?.[0]?.kind).toBe('workload')
  })
})
