import { createKeySource, createVerifier, type Verified } from '@selvage/identity'
import { type Issuer, parseMesh } from '@selvage/kernel/contract'
import { describe, expect, test } from 'vitest'
import { codeOf } from '../../packages/identity/src/testing/issuer.ts'
import { signToken, testKey } from '../../packages/identity/src/testing/token.ts'
import { blocksOf } from '../guide-page.ts'

/** The guide's settings, and tokens with the fields that these providers really have. */
const now = Date.UTC(2026, 10, 25, 12)
const seconds = now / 1_000
const taxonomy = `labels: { internal: { classification: true, kind: restricting } }
subjectAttributes: { employee_id: integer, trainings: strings }
roles: [analyst]
groups: [emea-analysts]
`
const tenant = '6babcaad-604b-40ac-a9d7-9fd97c0b779f'
const emea = '9f8b6c1e-0d5a-4c55-8a4e-2f1f2d9a7b10'

const providers = {
  keycloak: {
    alg: 'ES256',
    header: { typ: 'JWT' },
    claims: {
      iss: 'https://id.example.org/realms/sales',
      aud: ['selvage:sales', 'account'],
      sub: 'f1a9c6b2-41d8-4d2c-8b0e-1f1d3f6d2c11',
      typ: 'Bearer',
      azp: 'selvage-cli',
      jti: 'onrtac:7c1f',
      sid: 'c3f8e2',
      acr: '1',
      auth_time: seconds - 60,
      exp: seconds + 300,
      scope: 'openid mesh',
      realm_access: { roles: ['analyst', 'default-roles-sales', 'offline_access'] },
      groups: ['/analysts/emea', '/everybody'],
      employee_id: 7,
      trainings: ['hipaa'],
    },
  },
  entra: {
    alg: 'RS256',
    header: { typ: 'JWT' },
    claims: {
      iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
      aud: '11111111-2222-3333-4444-555555555555',
      sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      azp: '99999999-2222-3333-4444-555555555555',
      azpacr: '0',
      uti: 'Xk2v9dWv0kCQ',
      oid: '0f0e3b7e-5a45-4c6d-bd0b-1a7fcd0a1a11',
      tid: tenant,
      ver: '2.0',
      nbf: seconds,
      exp: seconds + 4_800,
      scp: 'query',
      roles: ['Sales.Analyst'],
      groups: [emea],
      xms_ftd: 'x',
    },
  },
  okta: {
    alg: 'RS256',
    header: { typ: undefined },
    claims: {
      iss: 'https://example.okta.com/oauth2/aus8a1b2c3d4e5f6g7h8',
      aud: 'selvage:sales',
      sub: '00u8a1b2c3',
      uid: '00u8a1b2c3',
      cid: '0oa8a1b2c3',
      ver: 1,
      jti: 'AT.x',
      auth_time: seconds - 60,
      exp: seconds + 3_600,
      scp: ['openid', 'query'],
      groups: ['emea-analysts'],
      employeeNumber: 7,
    },
  },
} as const
const keys = { ES256: testKey('k1'), RS256: testKey('k1', 'RS256') }

/** As the guide has it. */
function issuerOf(provider: string): Issuer {
  const block = blocksOf('connect-your-identity-provider.md').find(({ info }) => info === provider)
  const files = {
    'mesh.yaml': 'name: small\ndomains: [shop]\n',
    'guardrails/taxonomy.yaml': taxonomy,
    'guardrails/baseline.yaml': 'require: []\n',
    'domains/shop/domain.yaml': `owner: a@example.org\nissuers:\n${block?.text.replace(/^/gm, '  ')}`,
  }
  const { mesh, findings } = parseMesh(Object.entries(files).map(([path, text]) => ({ path, text })))
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  return mesh!.domains[0]!.issuers[0]!
}

async function verify(provider: keyof typeof providers, more: object = {}, header: object = {}): Promise<Verified> {
  const { alg, claims, header: own } = providers[provider]
  const key = keys[alg]
  const issuer = { ...issuerOf(provider), keys: [key.jwk as Readonly<Record<string, string>>] }
  const verifier = createVerifier({
    issuers: [issuer],
    subjectAttributes: new Map([
      ['employee_id', 'integer'],
      ['trainings', 'strings'],
    ]),
    roles: ['analyst'],
    groups: ['emea-analysts'],
    keys: createKeySource({ dir: '/nowhere', fetch, now: () => now, allowPrivate: false, log: () => undefined }),
    now: () => now,
  })
  return verifier.verify(signToken({ iat: seconds, ...claims, ...more }, key, { ...own, ...header }))
}

describe('the guide’s settings', () => {
  test('take what Keycloak gives', async () => {
    const { subject, clientId, sessionId } = await verify('keycloak')
    expect([subject.roles, subject.groups, { ...subject.attributes }, clientId, sessionId]).toEqual([
      ['analyst'],
      ['emea-analysts'],
      { employee_id: 7, trainings: ['hipaa'] },
      'selvage-cli',
      'c3f8e2',
    ])
    expect((await verify('keycloak', { typ: 'DPoP', cnf: { jkt: 'a'.repeat(43), 'kc-jkt-type': 'DPoP' } })).confirmation?.kind).toBe('jkt')
    expect((await verify('keycloak', { azp: 'sales-agent' })).actors.map(({ id }) => id)).toEqual(['keycloak/sales-agent'])
    expect((await verify('keycloak', { auth_time: seconds - 28_800 })).subject.attributes.trainings).toBe(undefined)
  })

  test('take what Entra gives', async () => {
    const { subject, clientId, tokenId } = await verify('entra')
    expect([subject.roles, subject.groups, clientId, tokenId]).toEqual([
      ['analyst'],
      ['emea-analysts'],
      '99999999-2222-3333-4444-555555555555',
      'Xk2v9dWv0kCQ',
    ])
  })

  test('take what Okta gives', async () => {
    const { subject, clientId } = await verify('okta')
    expect([subject.id, subject.groups, { ...subject.attributes }, clientId]).toEqual([
      'okta/00u8a1b2c3',
      ['emea-analysts'],
      { employee_id: 7 },
      '0oa8a1b2c3',
    ])
  })

  test.each([
    ['an ID token of Keycloak', 'keycloak', { typ: 'ID', at_hash: 'x' }, {}, 'identity.claims'],
    ['a refresh token of Keycloak', 'keycloak', { typ: 'Refresh' }, {}, 'identity.claims'],
    ['a logout token of Keycloak', 'keycloak', { typ: 'Logout' }, { typ: 'logout+jwt' }, 'identity.malformed'],
    ['an ID token of Entra', 'entra', { azp: undefined, uti: undefined }, {}, 'identity.claims'],
    ['another tenant’s token, in the first one’s name', 'entra', { tid: 'other' }, {}, 'identity.claims'],
    ['another tenant’s token', 'entra', { iss: 'https://login.microsoftonline.com/other/v2.0' }, {}, 'identity.issuer'],
    ['groups that Entra left out', 'entra', { groups: undefined, _claim_names: { groups: 'src1' } }, {}, 'identity.overage'],
    ['a token of 28 hours', 'entra', { exp: seconds + 100_800 }, {}, 'identity.claims'],
    ['an ID token of Okta', 'okta', { cid: undefined, aud: '0oa8a1b2c3' }, {}, 'identity.audience'],
    ['a number that Okta sends as text', 'okta', { employeeNumber: '7' }, {}, 'identity.claims'],
  ] as const)('refuse %s', async (_, provider, more, header, code) => {
    expect(await codeOf(() => verify(provider, more, header))).toBe(code)
  })
})
