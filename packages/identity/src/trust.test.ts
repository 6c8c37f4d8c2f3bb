import type { Issuer, TokenForm } from '@selvage/kernel/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, codeOf, startTestIssuer, trustIn } from './testing/issuer.ts'
import { openStand, type Stand } from './testing/stand.ts'
import { signToken, testKey } from './testing/token.ts'
import type { Verified } from './verifier.ts'

/** What a domain writes down about an issuer, and what that makes of its tokens. */
let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const seconds = (): number => Math.floor(stand.clock.now / 1_000)
const token = (more: object = {}, header: object = {}): string =>
  signToken({ ...claimsOf(stand.issuer.url, stand.clock.now), ...more }, stand.key, header)
const by = (more: Partial<Issuer>, claims: object = {}, header: object = {}): Promise<Verified> =>
  stand.verifier([trustIn(stand.issuer.url, more)]).verify(token(claims, header))
const login = (form: Partial<TokenForm> = {}): Partial<Issuer> => ({
  kind: 'login',
  token: { type: 'JWT', client: 'azp', id: 'jti', require: { typ: ['Bearer', 'DPoP'] }, ...form },
})
const ofKeycloak = { client_id: undefined, azp: 'selvage-cli', typ: 'Bearer' }

describe('an issuer of kind login', () => {
  it('is taken in the form that the domain has written down', async () => {
    const { clientId, tokenId } = await by(login(), ofKeycloak, { typ: 'JWT' })
    expect([clientId, tokenId]).toEqual(['selvage-cli', 'one'])
    expect((await by(login(), { ...ofKeycloak, typ: 'DPoP' }, { typ: 'JWT' })).subject.id).toBe('workforce/rep')
  })

  it('may have no type of token, no name of tokens, and another name of the client', async () => {
    const { id: _, ...form } = login({ type: 'none', client: 'cid', require: { ver: [1] } }).token!
    const { clientId, tokenId } = await by({ kind: 'login', token: form }, { cid: 'app', ver: 1, jti: undefined }, { typ: undefined })
    expect([clientId, tokenId]).toEqual(['app', undefined])
  })

  it.each([
    ['another type in the header', 'identity.malformed', {}, { typ: 'at+jwt' }],
    ['no type in the header', 'identity.malformed', {}, { typ: undefined }],
    ['the client under the name that RFC 9068 has', 'identity.claims', { azp: undefined, client_id: 'selvage-cli' }],
    ['another type in the payload, as an ID token has', 'identity.claims', { typ: 'ID' }],
    ['the type in another case', 'identity.claims', { typ: 'bearer' }],
    ['the type in a list', 'identity.claims', { typ: ['Bearer'] }],
    ['no type in the payload', 'identity.claims', { typ: undefined }],
    ['what an ID token has: nonce', 'identity.claims', { nonce: 'x' }],
    ['what an ID token has: at_hash', 'identity.claims', { at_hash: 'x' }],
    ['events', 'identity.claims', { events: {} }],
    ['no name of the token', 'identity.claims', { jti: undefined }],
  ] as const)('refuses %s', async (_, code, more: object, header: object = {}) => {
    expect(await codeOf(() => by(login(), { ...ofKeycloak, ...more }, { typ: 'JWT', ...header }))).toBe(code)
  })

  it('its form is not another issuer’s', async () => {
    expect(await codeOf(() => by({}, {}, { typ: 'JWT' }))).toBe('identity.malformed')
    expect(await codeOf(() => by({}, { client_id: undefined, azp: 'x' }))).toBe('identity.claims')
  })
})

describe('an issuer of kind workload', () => {
  it('opens nothing by its tokens, whatever they say', async () => {
    expect(await codeOf(() => by({ kind: 'workload' }))).toBe('identity.exchange')
    expect(await codeOf(() => by({ kind: 'workload' }, { exp: 1 }, { typ: undefined }))).toBe('identity.exchange')
  })
})

describe('pinned keys', () => {
  it('verify without a word of the issuer', async () => {
    const key = testKey('mine')
    const silent = await startTestIssuer([])
    const trust = trustIn(silent.url, { keys: [key.jwk as Record<string, string>] })
    const verifier = stand.verifier([trust])
    const given = (by = key): string => signToken(claimsOf(silent.url, stand.clock.now), by)
    expect((await verifier.verify(given())).keysStale).toBe(false)
    expect(await codeOf(() => verifier.verify(given(testKey('mine'))))).toBe('identity.signature')
    expect(await codeOf(() => verifier.verify(given(testKey('yours'))))).toBe('identity.signature')
    expect(silent.asked).toEqual({ discovery: 0, keys: 0 })
    await silent.close()
  })
})

describe('roles and groups', () => {
  it('come from the claim that is named, through the exact map', async () => {
    const more: Partial<Issuer> = { rolesClaim: ['realm_access', 'roles'], groupsClaim: ['https://example.org/groups'] }
    const { subject } = await by(more, {
      roles: ['analyst'],
      realm_access: { roles: ['sales-rep'] },
      groups: ['admins'],
      'https://example.org/groups': ['/sales/emea', '/sales', 'toString'],
    })
    expect([subject.roles, subject.groups]).toEqual([['sales-rep'], ['emea-sales']])
  })

  it('a group of the mesh’s own name is nobody’s, unless the map has it', async () => {
    const { subject } = await by({ groups: { '/sales/emea': 'emea-sales' } }, { groups: ['emea-sales', 'admins'] })
    expect(subject.groups).toEqual([])
  })

  it('two issuers with one name for a group have nothing in common', async () => {
    const key = testKey('k1')
    const other = await startTestIssuer([key.jwk])
    const verifier = stand.verifier([
      trustIn(stand.issuer.url, { groups: { admins: 'admins' } }),
      trustIn(other.url, { alias: 'partner' as never, groups: { theirs: 'emea-sales' } }),
    ])
    const groups = ['admins', 'theirs']
    const ours = await verifier.verify(token({ groups }))
    const theirs = await verifier.verify(signToken({ ...claimsOf(other.url, stand.clock.now), groups }, key))
    expect([ours.subject.groups, theirs.subject.groups]).toEqual([['admins'], ['emea-sales']])
    await other.close()
  })

  it.each([
    ['a path that leads through a text', { realm_access: 'roles' }],
    ['a path that leads through a list', { realm_access: [['analyst']] }],
    ['a path that ends early', { realm_access: {} }],
  ])('%s is none', async (_, claims) => {
    expect((await by({ rolesClaim: ['realm_access', 'roles'] }, claims)).subject.roles).toEqual([])
  })

  it.each([
    { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://graph.example/x' } } },
    { _claim_names: {} },
    { _claim_sources: {} },
    { hasgroups: true },
    { hasgroups: 'true' },
    { groups: ['admins'], hasgroups: true },
  ])('groups that are not all told are unknown, and refused: %j', async claims => {
    expect(await codeOf(() => by({}, claims))).toBe('identity.overage')
  })

  it.each([{ groups: 'admins' }, { groups: null }, { groups: [1] }, { groups: Array(257).fill('x') }])(
    'groups of another form are refused: %j',
    async claims => {
      expect(await codeOf(() => by({}, claims))).toBe('identity.claims')
    },
  )
})

describe('attributes', () => {
  const claims: Issuer['claims'] = { employee_id: { path: ['employee', 'number'] }, trainings: { path: ['trainings'], maxAge: 300 } }

  it('come from the claim that is named, and from no other', async () => {
    const { subject } = await by({ claims }, { employee_id: 9, employee: { number: 4 }, provider_id: 'p' })
    expect({ ...subject.attributes }).toEqual({ employee_id: 4 })
  })

  it('say whose word they are, since when and for how long', async () => {
    const seen = seconds() - 100
    const { provenance, goodUntil } = await by({ claims }, { employee: { number: 4 }, trainings: ['x'], auth_time: seen })
    expect({ ...provenance }).toEqual({
      employee_id: { source: 'workforce', observedAt: seen * 1_000, expiresAt: stand.clock.now + 600_000 },
      trainings: { source: 'workforce', observedAt: seen * 1_000, expiresAt: stand.clock.now + 200_000 },
    })
    expect(goodUntil).toBe(stand.clock.now + 200_000)
  })

  it('that are too old are not there, whatever the token’s age', async () => {
    const stale = await by({ claims }, { employee: { number: 4 }, trainings: ['x'], auth_time: seconds() - 300 })
    expect({ ...stale.subject.attributes }).toEqual({ employee_id: 4 })
    expect(Object.keys(stale.provenance)).toEqual(['employee_id'])
  })

  it('get too old in the cache, too', async () => {
    const verifier = stand.verifier([trustIn(stand.issuer.url, { claims })])
    const given = token({ trainings: ['x'], auth_time: seconds() - 270 })
    const start = stand.clock.now
    const first = await verifier.verify(given)
    expect([first.subject.attributes.trainings, first]).toEqual([['x'], await verifier.verify(given)])
    stand.clock.now += 30_000
    expect((await verifier.verify(given)).subject.attributes.trainings).toBe(undefined)
    stand.clock.now = start
  })

  it.each([{ auth_time: 'x' }, { auth_time: -1 }, { auth_time: 1.5 }, { auth_time: Date.UTC(2027, 0) / 1_000 }])(
    'a login that is no time, or is still to come, is refused: %j',
    async more => {
      expect(await codeOf(() => by({ claims }, more))).toBe('identity.claims')
    },
  )
})
