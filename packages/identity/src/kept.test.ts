import { afterAll, beforeAll, expect, it } from 'vitest'
import { claimsOf, codeOf, json, trustIn } from './testing/issuer.ts'
import { openStand, type Stand } from './testing/stand.ts'
import { signToken, testKey } from './testing/token.ts'

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const token = (more: object = {}): string => signToken({ ...claimsOf(stand.issuer.url, stand.clock.now), ...more }, stand.key)
const hours = 3_600_000

it('what was kept of a token is read again when the token has expired, until another time', async () => {
  const verifier = stand.verifier()
  const kept = await verifier.keep(token())
  expect(JSON.stringify(kept)).not.toMatch(/eyJ/)
  const until = stand.clock.now + 8 * hours
  stand.clock.now += 1 * hours
  const verified = await verifier.readAgain(kept, until)
  expect([verified.subject.roles, verified.expiresAt, verified.provenance.employee_id?.expiresAt]).toEqual([['sales-rep'], until, until])
  // One object for the same, as for a token that is known.
  expect(await verifier.readAgain(kept, until)).toBe(verified)
  stand.clock.now += 7 * hours
  expect(await codeOf(() => verifier.readAgain(kept, until))).toBe('identity.expired')
})

it('what does not verify is not kept', async () => {
  const verifier = stand.verifier()
  expect(await codeOf(() => verifier.keep(token({ exp: Math.floor(stand.clock.now / 1_000) - 60 })))).toBe('identity.claims')
  expect(await codeOf(() => verifier.keep(`${token().slice(0, -4)}AAAA`))).toBe('identity.signature')
})

it('an attribute is not older than the domain takes it to be, whatever the session’s life', async () => {
  const verifier = stand.verifier([trustIn(stand.issuer.url, { claims: { employee_id: { path: ['employee_id'], maxAge: 900 } } })])
  const kept = await verifier.keep(token())
  const until = stand.clock.now + 8 * hours
  stand.clock.now += 600_000
  const verified = await verifier.readAgain(kept, until)
  expect([verified.subject.attributes.employee_id, verified.goodUntil]).toEqual([3, stand.clock.now + 300_000])
  stand.clock.now += 600_000
  expect((await verifier.readAgain(kept, until)).subject.attributes).toEqual({})
})

it.each([
  ['another issuer', 'identity.issuer', { issuer: 'https://other.example' }],
  ['another audience', 'identity.audience', { audience: 'selvage:other' }],
  ['other algorithms', 'identity.signature', { algorithms: ['RS256'] }],
  ['a shorter life', 'identity.claims', { maxLifetime: 60 }],
  ['another form', 'identity.malformed', { token: { type: 'JWT', client: 'azp', id: 'jti', require: {} } }],
  ['tokens that are to be exchanged', 'identity.exchange', { kind: 'workload' }],
] as const)('the trust of now decides: %s', async (_, code, more) => {
  const kept = await stand.verifier().keep(token())
  const now = stand.verifier([trustIn(stand.issuer.url, more as object)])
  expect(await codeOf(() => now.readAgain(kept, stand.clock.now + hours))).toBe(code)
})

it('roles are mapped by the trust of now', async () => {
  const kept = await stand.verifier().keep(token())
  const read = async (roles: Record<string, string>): Promise<readonly string[]> =>
    (await stand.verifier([trustIn(stand.issuer.url, { roles })]).readAgain(kept, stand.clock.now + hours)).subject.roles
  expect([await read({ 'sales-rep': 'auditor' }), await read({ other: 'sales-rep' })]).toEqual([['auditor'], []])
})

it('it is worth nothing without the key that signed it', async () => {
  const keys = stand.keySource()
  const verifier = stand.verifier(undefined, keys)
  const kept = await verifier.keep(token())
  const until = stand.clock.now + 8 * hours
  const same = { ...testKey('other').jwk, kid: stand.key.kid }
  stand.issuer.keys = json({ keys: [same] })
  stand.clock.now += 11 * 60_000
  expect(await codeOf(() => verifier.readAgain(kept, until))).toBe('identity.signature')
  stand.issuer.keys = json({ keys: [] })
  stand.clock.now += 11 * 60_000
  expect(await codeOf(() => verifier.readAgain(kept, until))).not.toBe('accepted')
  stand.issuer.keys = json({ keys: [stand.key.jwk] })
  stand.clock.now += 11 * 60_000
  expect(await codeOf(() => verifier.readAgain(kept, until))).toBe('accepted')
})
