import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { claimsOf, codeOf, startTestIssuer, trustIn } from './testing/issuer.ts'
import { openStand, type Stand } from './testing/stand.ts'
import { signToken, testKey } from './testing/token.ts'
import type { Verified } from './verifier.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const token = (more: object = {}, header: object = {}): string =>
  signToken({ ...claimsOf(stand.issuer.url, stand.clock.now), ...more }, stand.key, header)
const verify = (more: object = {}): Promise<Verified> => stand.verifier().verify(token(more))
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('a token', () => {
  it('gives subject, issuer, client, expiry and device', async () => {
    expect(plain(await verify())).toEqual({
      subject: { kind: 'User', id: 'workforce/rep', roles: ['sales-rep'], groups: [], attributes: { employee_id: 3 } },
      actors: [],
      issuer: 'workforce',
      clientId: 'selvage-cli',
      tokenId: 'one',
      issuedAt: stand.clock.now,
      expiresAt: stand.clock.now + 600_000,
      goodUntil: stand.clock.now + 600_000,
      provenance: { employee_id: { source: 'workforce', observedAt: stand.clock.now, expiresAt: stand.clock.now + 600_000 } },
      keysStale: false,
      device: { managed: true, encrypted: true },
    })
  })

  it('may be of either type name, and for a list of audiences', async () => {
    const both = token({ aud: ['other', 'selvage:example'] }, { typ: 'application/at+jwt', x5t: 'AA' })
    expect((await stand.verifier().verify(both)).subject.id).toBe('workforce/rep')
  })

  it('is frozen, since one object serves many requests', async () => {
    const verified = await verify({ act: { sub: 'copilot', roles: ['analyst'] }, trainings: ['hipaa'] })
    const parts = [verified, verified.subject, verified.subject.roles, verified.subject.attributes, verified.subject.attributes.trainings]
    for (const part of [...parts, verified.actors, verified.actors[0], verified.device]) expect(Object.isFrozen(part)).toBe(true)
  })
})

describe('roles and attributes', () => {
  it('a role comes through the issuer’s exact map, and must be one of the mesh', async () => {
    const trust = trustIn(stand.issuer.url, { roles: { Analysts: 'analyst', Gods: 'god', analyst: 'auditor' } })
    const given = token({ roles: ['Analysts', 'analysts', 'Gods', 'sales-rep', 'toString', 'hasOwnProperty'] })
    expect((await stand.verifier([trust]).verify(given)).subject.roles).toEqual(['analyst'])
  })

  it('no roles claim: no roles', async () => {
    expect((await verify({ roles: undefined })).subject.roles).toEqual([])
  })

  it('an attribute that the issuer may not supply, or that nobody declared, is not there', async () => {
    const trust = trustIn(stand.issuer.url, { attributes: ['trainings', 'undeclared'] })
    const given = token({ employee_id: 3, trainings: ['hipaa'], undeclared: 'x', toString: 'x' })
    expect(plain((await stand.verifier([trust]).verify(given)).subject.attributes)).toEqual({ trainings: ['hipaa'] })
  })

  it.each([
    { employee_id: '3' },
    { employee_id: 3.5 },
    { employee_id: 2 ** 53 },
    { employee_id: null },
    { employee_id: true },
    { employee_id: [3] },
    { trainings: 'hipaa' },
    { trainings: ['hipaa', 1] },
    { trainings: { hipaa: true } },
    { trainings: Array(65).fill('x') },
    { provider_id: 3 },
    { provider_id: '' },
    { provider_id: 'a\u202eb' },
    { contractor: 'true' },
    { contractor: 1 },
  ])('an attribute of another type is refused, never coerced: %j', async more => {
    expect(await codeOf(() => verify(more))).toBe('identity.claims')
  })
})

describe('who acts for whom', () => {
  it('an agent in `act` acts for the subject, with its own roles', async () => {
    const { subject, actors } = await verify({ act: { sub: 'copilot', roles: ['analyst', 'god'] } })
    expect(subject).toMatchObject({ kind: 'User', id: 'workforce/rep', roles: ['sales-rep'] })
    expect(plain(actors)).toEqual([{ kind: 'Agent', id: 'workforce/copilot', roles: ['analyst'], groups: [], attributes: {} }])
  })

  it('a chain is kept in its order, the current actor first', async () => {
    const { actors } = await verify({ act: { sub: 'planner', act: { sub: 'copilot', roles: ['analyst'] } } })
    expect(actors.map(actor => actor.id)).toEqual(['workforce/planner', 'workforce/copilot'])
  })

  it('four deep is taken, five is not', async () => {
    const chain = (depth: number): object => ({ sub: 'copilot', ...(depth > 1 ? { act: chain(depth - 1) } : {}) })
    expect((await verify({ act: chain(4) })).actors.length).toBe(4)
    expect(await codeOf(() => verify({ act: chain(5) }))).toBe('identity.claims')
  })

  it('an agent’s own token is that agent alone', async () => {
    const { subject, actors } = await verify({ sub: 'copilot', roles: ['analyst'] })
    expect(subject).toMatchObject({ kind: 'Agent', id: 'workforce/copilot', roles: ['analyst'] })
    expect(actors).toEqual([])
  })

  it('a client that is an agent acts for the subject, with no role where the token gives it none', async () => {
    const { subject, actors } = await verify({ client_id: 'copilot' })
    expect(subject).toMatchObject({ kind: 'User', id: 'workforce/rep' })
    expect(actors).toMatchObject([{ kind: 'Agent', id: 'workforce/copilot', roles: [] }])
  })

  it('… and once only where `act` names it as well', async () => {
    const { actors } = await verify({ client_id: 'copilot', act: { sub: 'copilot', roles: ['analyst'] } })
    expect(actors.map(({ id, roles }) => [id, roles])).toEqual([['workforce/copilot', ['analyst']]])
  })

  it('… and is an agent alone where it speaks for itself', async () => {
    const { subject, actors } = await verify({ sub: 'copilot', client_id: 'copilot' })
    expect([subject.kind, actors]).toEqual(['Agent', []])
  })

  it('a workload is one by subject or by client', async () => {
    expect((await verify({ sub: 'nightly' })).subject.kind).toBe('Workload')
    expect((await verify({ sub: 'x', client_id: 'nightly' })).subject.kind).toBe('Workload')
  })
})

describe('two issuers', () => {
  it('with the same subject and role stay apart', async () => {
    const partnerKey = testKey('k1')
    const partner = await startTestIssuer([partnerKey.jwk])
    const verifier = stand.verifier([trustIn(stand.issuer.url), trustIn(partner.url, { alias: 'partner' as never, roles: {}, agents: [] })])
    const claims = { sub: 'analyst', roles: ['analyst'] }
    const ours = await verifier.verify(token(claims))
    const theirs = signToken({ ...claimsOf(partner.url, stand.clock.now), ...claims }, partnerKey)
    const other = await verifier.verify(theirs)
    expect([ours.subject.id, ours.subject.roles]).toEqual(['workforce/analyst', ['analyst']])
    expect([other.subject.id, other.subject.roles]).toEqual(['partner/analyst', []])
    // Each key signs for its own issuer only, though both have one id.
    expect(await codeOf(() => verifier.verify(token({ iss: partner.url })))).toBe('identity.signature')
    // An agent of the one is nobody's agent at the other.
    const act = signToken({ ...claimsOf(partner.url, stand.clock.now), act: { sub: 'copilot' } }, partnerKey)
    expect(await codeOf(() => verifier.verify(act))).toBe('identity.claims')
    await partner.close()
  })
})

describe('time', () => {
  const at = async (seconds: number, more: object = {}): Promise<string> => {
    const given = token(more)
    const start = stand.clock.now
    stand.clock.now += seconds * 1_000
    const code = await codeOf(() => stand.verifier().verify(given))
    stand.clock.now = start
    return code
  }

  it('a skew of five seconds is taken, more is not', async () => {
    expect(await at(604)).toBe('accepted')
    expect(await at(605)).toBe('identity.expired')
    expect(await at(-5)).toBe('accepted')
    expect(await at(-6)).toBe('identity.not_yet')
    expect(await at(-60)).toBe('identity.not_yet')
    const notBefore = { nbf: Math.floor(stand.clock.now / 1_000) + 30 }
    expect(await at(25, notBefore)).toBe('accepted')
    expect(await at(24, notBefore)).toBe('identity.not_yet')
  })

  it('the cache does not outlive the token, and holds it for a minute', async () => {
    const verifier = stand.verifier()
    const start = stand.clock.now
    await verifier.verify(token({ jti: 'fetches the keys' }))
    const given = token({ exp: Math.floor(start / 1_000) + 30 })
    const first = await verifier.verify(given)
    expect(await verifier.verify(given)).toBe(first)
    stand.clock.now = start + 34_999
    expect(await verifier.verify(given)).toBe(first)
    stand.clock.now = start + 35_000
    expect(await codeOf(() => verifier.verify(given))).toBe('identity.expired')
    stand.clock.now = start
    const long = token()
    const one = await verifier.verify(long)
    stand.clock.now = start + 60_000
    expect(await verifier.verify(long)).not.toBe(one)
    stand.clock.now = start
  })

  it('another verifier does not share it', async () => {
    const keys = stand.keySource()
    const given = token()
    await stand.verifier(undefined, keys).verify(given)
    const stricter = stand.verifier([trustIn(stand.issuer.url, { audience: 'selvage:other' })], keys)
    expect(await codeOf(() => stricter.verify(given))).toBe('identity.audience')
  })
})
