import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audienceOfStream, caep, eventClaims, risc, signEvent, ssf } from '../testing/event.ts'
import { trustIn } from '../testing/issuer.ts'
import { openStand, type Stand } from '../testing/stand.ts'
import { testKey } from '../testing/token.ts'
import { createEventVerifier, type EventVerifier, type SecurityEvent } from './event-verifier.ts'
import { createStanding } from './standing.ts'

const key = testKey('k1', 'RS256')
let stand: Stand
let verifier: EventVerifier
let at: number
beforeAll(async () => {
  stand = await openStand(key)
  verifier = createEventVerifier({ keys: stand.keySource(), now: () => stand.clock.now })
  at = Math.floor(stand.clock.now / 1_000)
})
afterAll(() => stand.close())

const event = (more: object): Promise<SecurityEvent> =>
  verifier.verify(signEvent(eventClaims(stand.issuer.url, stand.clock.now, more), key), {
    issuer: trustIn(stand.issuer.url),
    audience: audienceOfStream,
  })
const of = (type: string, body: object = {}, subject?: object): Promise<SecurityEvent> =>
  event({ events: { [type]: body }, ...(subject === undefined ? {} : { sub_id: subject }) })
const userOf = (sub: string): object => ({ format: 'iss_sub', iss: stand.issuer.url, sub })
const opaque = (id: string): object => ({ format: 'opaque', id })
const complex = (members: object): object => ({ format: 'complex', ...members })
const revoked = (subject: object): Promise<SecurityEvent> => of(`${caep}session-revoked`, {}, subject)

describe('what an event is', () => {
  it.each([
    ['session-revoked', caep, {}, 'revoked'],
    ['token-claims-change', caep, { claims: {} }, 'renew'],
    ['credential-change', caep, { credential_type: 'password', change_type: 'update' }, 'renew'],
    ['assurance-level-change', caep, { current_level: 'nist-aal1', change_direction: 'decrease' }, 'renew'],
    ['assurance-level-change', caep, { current_level: 'nist-aal1' }, 'renew'],
    ['assurance-level-change', caep, { current_level: 'nist-aal2', change_direction: 'increase' }, 'none'],
    ['risk-level-change', caep, { current_level: 'HIGH', principal: 'USER' }, 'revoked'],
    ['risk-level-change', caep, { current_level: 'severe' }, 'revoked'],
    ['risk-level-change', caep, { current_level: 'MEDIUM' }, 'none'],
    ['session-established', caep, {}, 'none'],
    ['account-disabled', risc, { reason: 'hijacking' }, 'revoked'],
    ['account-purged', risc, {}, 'revoked'],
    ['credential-compromise', risc, { credential_type: 'password' }, 'revoked'],
    ['account-credential-change-required', risc, {}, 'renew'],
    ['account-enabled', risc, {}, 'none'],
    ['device-compliance-change', caep, { current_status: 'not-compliant', previous_status: 'compliant' }, 'posture'],
  ])('%s', async (name, base, body, effect) => {
    const read = await of(base + name, body)
    expect(read).toMatchObject({ name, effect, issuer: 'workforce', tokenId: 'event-one', issuedAt: at })
    expect(read.changes.length).toBe(effect === 'none' ? 0 : 1)
  })

  it('is known by the whole URI only, and what is not known has no effect', async () => {
    for (const type of ['session-revoked', `${caep}session-revoked/`, `${caep}new-event`, 'toString', `${ssf}session-revoked`])
      expect(await of(type)).toMatchObject({ effect: 'unknown', name: 'unknown', changes: [] })
  })

  it('a verification brings its state, a stream how it is', async () => {
    expect(await of(`${ssf}verification`, { state: 'abc' }, opaque('stream'))).toMatchObject({ effect: 'verification', state: 'abc' })
    const unnamed = { aud: undefined, events: { [`${ssf}verification`]: { state: 'abc' } } }
    expect(await event(unnamed)).toMatchObject({ effect: 'verification', state: 'abc' })
    expect(await of(`${ssf}verification`, {}, opaque('stream'))).not.toHaveProperty('state')
    expect(await of(`${ssf}stream-updated`, { status: 'paused' }, opaque('stream'))).toMatchObject({ effect: 'stream', enabled: false })
  })

  it('has a digest of what it says, however it was signed', async () => {
    const [one, again, other] = [await event({}), await event({}), await event({ txn: 'two' })]
    expect(one.digest).toBe(again.digest)
    expect(one.digest).not.toBe(other.digest)
  })
})

describe('when it happened', () => {
  it('is its own time, or that of the token, and tokens of until then are not as they say any more', async () => {
    const changed = await of(`${caep}token-claims-change`, { event_timestamp: at - 30.5 })
    expect(changed).toMatchObject({ happenedAt: at - 31, changes: [{ kind: 'party', id: 'rep', at: at - 31 }] })
    expect((await of(`${caep}token-claims-change`)).changes).toEqual([{ kind: 'party', id: 'rep', at }])
  })

  it('what is over is over until its issuer said so, also for whoever got a token after it happened', async () => {
    for (const type of [`${caep}session-revoked`, `${risc}credential-compromise`]) {
      const over = await of(type, { event_timestamp: at - 3_600 })
      expect(over).toMatchObject({ happenedAt: at - 3_600, changes: [{ kind: 'party', id: 'rep', at }] })
    }
    const soon = await of(`${caep}session-revoked`, { event_timestamp: at + 3 })
    expect(soon.changes).toEqual([{ kind: 'party', id: 'rep', at: at + 3 }])
  })

  const days = 86_400
  const ofToken = (): object => ({ format: 'jwt_id', iss: stand.issuer.url, jti: 't1' })
  it.each([
    [
      'a session that is over',
      `${caep}session-revoked`,
      () => complex({ user: userOf('rep'), session: opaque('s1') }),
      { sessionId: 's1' },
    ],
    ['a token that is over', `${caep}session-revoked`, ofToken, { tokenId: 't1' }],
    ['a token that is not as it says', `${caep}token-claims-change`, ofToken, { tokenId: 't1' }],
  ] as const)('%s is refused a day after it was said, however long ago it happened', async (_, type, subject, names) => {
    for (const claims of [{}, { iat: at - 6 * days }]) {
      let now = stand.clock.now
      const standing = createStanding({ now: () => now })
      const body = { event_timestamp: at - 6 * days }
      standing.apply('workforce', (await event({ ...claims, events: { [type]: body }, sub_id: subject() })).changes)
      const who = { subject: { id: 'workforce/rep' }, actors: [], issuer: 'workforce', issuedAt: now - 1_000, ...names }
      now += (days + 61) * 1_000
      standing.look()
      expect(() => standing.refuse(who)).toThrow(expect.objectContaining({ code: 'identity.revoked' }))
    }
  })
})

describe('whom it names', () => {
  it('a user, by what the issuer calls them', async () => {
    expect((await revoked(userOf('rep'))).changes).toEqual([{ kind: 'party', id: 'rep', at }])
    expect((await revoked(complex({ user: userOf('rep') }))).changes).toEqual([{ kind: 'party', id: 'rep', at }])
    expect((await revoked(complex({ user: opaque('rep') }))).changes).toEqual([{ kind: 'party', id: 'rep', at }])
  })

  it('nobody by an e-mail address or a telephone number, nor as another issuer’s subject', async () => {
    for (const subject of [
      { format: 'email', email: 'rep@example.com' },
      { format: 'phone_number', phone_number: '+12065550100' },
      { format: 'account', uri: 'acct:rep@example.com' },
      { format: 'iss_sub', iss: 'https://other.example', sub: 'rep' },
      complex({ user: { format: 'email', email: 'rep@example.com' } }),
      complex({ tenant: opaque('t1') }),
    ])
      expect(await revoked(subject)).toMatchObject({ effect: 'revoked', changes: [] })
  })

  it('an opaque name may be a user’s or a session’s', async () => {
    expect((await revoked(opaque('x'))).changes).toEqual([
      { kind: 'party', id: 'x', at },
      { kind: 'ended', id: 'x', at },
    ])
  })

  it('one session, and the tokens of its user that name none', async () => {
    expect((await revoked(complex({ user: userOf('rep'), session: opaque('s1') }))).changes).toEqual([
      { kind: 'ended', id: 's1', at },
      { kind: 'sessionless', id: 'rep', at },
    ])
    expect((await of(`${caep}token-claims-change`, {}, complex({ session: opaque('s1') }))).changes).toEqual([
      { kind: 'session', id: 's1', at },
    ])
  })

  it('all sessions, in Keycloak’s word', async () => {
    expect((await revoked(complex({ user: userOf('rep'), session: opaque('ALL') }))).changes).toEqual([{ kind: 'party', id: 'rep', at }])
  })

  it('more than it names, where a token does not say as much', async () => {
    for (const narrower of [
      { device: opaque('d1') },
      { application: opaque('cli') },
      { tenant: opaque('t1') },
      { new_member: opaque('n') },
    ])
      expect((await revoked(complex({ user: userOf('rep'), ...narrower }))).changes).toEqual([{ kind: 'party', id: 'rep', at }])
  })

  it('a client, a token, a device', async () => {
    expect((await revoked(complex({ application: opaque('copilot') }))).changes).toEqual([{ kind: 'party', id: 'copilot', at }])
    expect((await revoked({ format: 'jwt_id', iss: stand.issuer.url, jti: 't1' })).changes).toEqual([{ kind: 'token', id: 't1', at }])
    expect((await revoked(complex({ device: opaque('d1') }))).changes).toEqual([{ kind: 'posture', device: 'd1', compliant: false, at }])
  })

  it('a user where it names a token by what the issuer’s tokens do not have', async () => {
    const named = complex({ user: userOf('rep'), session: { format: 'jwt_id', iss: stand.issuer.url, jti: 't1' } })
    const by = async (id: string | undefined): Promise<unknown> => {
      const token = { type: 'at+jwt', client: 'client_id', require: {}, ...(id === undefined ? {} : { id }) } as const
      const text = signEvent(eventClaims(stand.issuer.url, stand.clock.now, { sub_id: named }), key)
      return (await verifier.verify(text, { issuer: trustIn(stand.issuer.url, { token }), audience: audienceOfStream })).changes
    }
    const [user, single] = [
      { kind: 'party', id: 'rep', at },
      { kind: 'token', id: 't1', at },
    ]
    expect([await by('jti'), await by('uti'), await by(undefined)]).toEqual([[single], [single, user], [user]])
  })

  it('one, by several names', async () => {
    const identifiers = [{ format: 'email', email: 'rep@example.com' }, userOf('rep'), userOf('rep2')]
    expect((await revoked({ format: 'aliases', identifiers })).changes.map(change => 'id' in change && change.id)).toEqual(['rep', 'rep2'])
  })

  it('a device of somebody’s, or whatever they use', async () => {
    const turns = (subject: object, current_status = 'not-compliant'): Promise<SecurityEvent> =>
      of(`${caep}device-compliance-change`, { current_status }, subject)
    expect((await turns(userOf('rep'))).changes).toEqual([{ kind: 'posture', owner: 'rep', compliant: false, at }])
    expect((await turns(complex({ user: userOf('rep'), device: opaque('d1') }), 'compliant')).changes).toEqual([
      { kind: 'posture', device: 'd1', compliant: true, at },
      { kind: 'posture', owner: 'rep', device: 'd1', compliant: true, at },
    ])
    expect((await turns(complex({ device: opaque('d1') }), 'Compliant')).changes).toMatchObject([{ compliant: false }])
  })
})
