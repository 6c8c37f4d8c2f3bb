import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audienceOfStream, caep, eventClaims, risc, signEvent, ssf } from '../testing/event.ts'
import { trustIn } from '../testing/issuer.ts'
import { openStand, type Stand } from '../testing/stand.ts'
import { testKey } from '../testing/token.ts'
import { createEventVerifier, type EventVerifier, type SecurityEvent } from './event-verifier.ts'

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
  it('is its own time, or that of the token', async () => {
    expect((await of(`${caep}session-revoked`, { event_timestamp: at - 30.5 })).changes).toEqual([
      { kind: 'party', id: 'rep', at: at - 31 },
    ])
    expect((await of(`${caep}session-revoked`)).changes).toEqual([{ kind: 'party', id: 'rep', at }])
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
