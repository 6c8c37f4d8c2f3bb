import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change } from './change.ts'
import type { Standee } from './revocations.ts'
import { createStanding, everyIssuer, type Standing } from './standing.ts'

const start = Date.UTC(2026, 10, 25, 12)
const at = start / 1_000
const who = (more: Partial<Standee> & { sub?: string; acts?: readonly string[] } = {}): Standee => {
  const { sub = 'rep', acts = [], ...rest } = more
  const actors = acts.map(id => ({ id: `workforce/${id}` }))
  return { subject: { id: `workforce/${sub}` }, actors, issuer: 'workforce', clientId: 'cli', tokenId: 't1', issuedAt: start, ...rest }
}

function refuses(standing: Standing, standee: Standee): boolean {
  try {
    standing.refuse(standee)
    return false
  } catch (error) {
    expect((error as { code?: string }).code).toBe('identity.revoked')
    return true
  }
}

function standingWith(changes: readonly Change[], more: { maxEntries?: number; now?: () => number } = {}): Standing {
  const standing = createStanding({ now: () => start, ...more })
  for (const change of changes) standing.apply('workforce', [change])
  return standing
}

describe('who is refused', () => {
  it('a person, with the tokens issued until then, and every agent that acts for them', () => {
    const standing = standingWith([{ kind: 'party', id: 'rep', at }])
    expect(refuses(standing, who())).toBe(true)
    expect(refuses(standing, who({ acts: ['copilot'] }))).toBe(true)
    expect(refuses(standing, who({ issuedAt: start + 1_000 }))).toBe(false)
    expect(refuses(standing, who({ sub: 'other' }))).toBe(false)
    expect(refuses(standing, { ...who(), issuer: 'partner', subject: { id: 'partner/rep' } })).toBe(false)
  })

  it('an agent, whomever it acts for, and whatever it was issued as a client', () => {
    const standing = standingWith([{ kind: 'party', id: 'copilot', at }])
    expect(refuses(standing, who({ acts: ['copilot'] }))).toBe(true)
    expect(refuses(standing, who({ sub: 'other', acts: ['planner', 'copilot'] }))).toBe(true)
    expect(refuses(standing, who({ clientId: 'copilot' }))).toBe(true)
    expect(refuses(standing, who({ acts: ['planner'] }))).toBe(false)
  })

  it('a session that is over, whenever its token was issued, and tokens of its user that name none', () => {
    const standing = standingWith([
      { kind: 'ended', id: 's1', at },
      { kind: 'sessionless', id: 'rep', at },
    ])
    expect(refuses(standing, who({ sessionId: 's1', issuedAt: start + 60_000 }))).toBe(true)
    expect(refuses(standing, who({ sessionId: 's2' }))).toBe(false)
    expect(refuses(standing, who())).toBe(true)
    expect(refuses(standing, who({ issuedAt: start + 1_000 }))).toBe(false)
  })

  it('the tokens of a session whose claims have changed, and a single token', () => {
    const standing = standingWith([
      { kind: 'session', id: 's1', at },
      { kind: 'token', id: 't9', at },
    ])
    expect(refuses(standing, who({ sessionId: 's1' }))).toBe(true)
    expect(refuses(standing, who({ sessionId: 's1', issuedAt: start + 1_000 }))).toBe(false)
    expect(refuses(standing, who({ tokenId: 't9', issuedAt: start + 60_000 }))).toBe(true)
    expect(refuses(standing, who())).toBe(false)
  })

  it('everybody of an issuer of which nobody knows what it said', () => {
    const standing = standingWith([{ kind: 'all', at }])
    expect(refuses(standing, who({ sub: 'anybody' }))).toBe(true)
    expect(refuses(standing, who({ sub: 'anybody', issuedAt: start + 1_000 }))).toBe(false)
    expect(refuses(standing, { ...who(), issuer: 'partner' })).toBe(false)
    standing.apply(everyIssuer, [{ kind: 'all', at }])
    expect(refuses(standing, { ...who(), issuer: 'partner' })).toBe(true)
    expect(refuses(standing, { ...who(), issuer: 'partner', issuedAt: start + 1_000 })).toBe(false)
  })

  it('tells of a change by its epoch, and of what changes nothing not', () => {
    const standing = standingWith([])
    const before = standing.epoch()
    standing.apply('workforce', [{ kind: 'party', id: 'rep', at }])
    const after = standing.epoch()
    expect(after).toBeGreaterThan(before)
    standing.apply('workforce', [{ kind: 'party', id: 'rep', at }])
    standing.apply('workforce', [{ kind: 'party', id: 'rep', at: at - 9 }])
    expect(standing.epoch()).toBe(after)
  })
})

const ids = fc.constantFrom('rep', 'other', 'copilot', 'cli', 's1', 's2', 't1', 't2', 'd1')
/** Seconds: what no token and no session can be as old as. */
const longest = 86_400 + 60 + 43_200
const near = (second: number): fc.Arbitrary<number> => fc.integer({ min: second - 3, max: second + 3 })
/** Of now, of long ago, and of the last second that is not forgotten. */
const times = fc.oneof({ weight: 4, arbitrary: near(at) }, near(at - 2 * 86_400), near(at - longest))
const refusal = fc.record({ kind: fc.constantFrom('party', 'sessionless', 'session', 'ended', 'token'), id: ids, at: times })
const all = fc.record({ kind: fc.constant('all'), at: times })
const posture = fc
  .record({ owner: fc.option(ids), device: fc.option(ids), compliant: fc.boolean(), at: times })
  .map(({ owner, device, ...rest }) => ({
    kind: 'posture',
    ...rest,
    ...(owner === null ? {} : { owner }),
    ...(device === null ? {} : { device }),
  }))
const changes = fc.array(
  fc.oneof({ weight: 5, arbitrary: refusal }, { weight: 1, arbitrary: all }, { weight: 3, arbitrary: posture }),
) as fc.Arbitrary<Change[]>
const standee = fc
  .record({
    sub: ids,
    acts: fc.array(ids, { maxLength: 2 }),
    clientId: ids,
    tokenId: ids,
    sessionId: fc.option(ids),
    issuedAt: times.map(seconds => seconds * 1_000),
  })
  .map(({ sessionId, ...rest }) => who({ ...rest, ...(sessionId === null ? {} : { sessionId }) }))
const standees = fc.array(standee, { minLength: 20, maxLength: 20 })

const seenOf = (standing: Standing, askers: readonly Standee[]): unknown =>
  askers.map(asker => [refuses(standing, asker), standing.deviceOf(asker), standing.deviceOf(asker, asker.tokenId)])

describe('whatever is said, in whatever order', () => {
  it('the same is refused, and the same is known of devices', () => {
    fc.assert(
      fc.property(changes, fc.infiniteStream(fc.nat()), standees, (said, keys, askers) => {
        const shuffled = said.map(change => [keys.next().value ?? 0, change] as const).sort((a, b) => a[0] - b[0])
        const [one, other] = [standingWith(said), standingWith(shuffled.map(([, change]) => change))]
        expect(seenOf(other, askers)).toEqual(seenOf(one, askers))
      }),
    )
  })

  it('what is said twice is said once, and what is kept and read again is the same', () => {
    fc.assert(
      fc.property(changes, standees, (said, askers) => {
        const one = standingWith(said)
        const kept = [...one.said()].flatMap(([issuer, words]) => [...words].map(word => [issuer, word] as const))
        const again = createStanding({ now: () => start })
        for (const [issuer, word] of [...kept, ...kept]) again.apply(issuer, [word])
        expect(seenOf(again, askers)).toEqual(seenOf(one, askers))
        expect(again.size()).toBe(one.size())
      }),
    )
  })

  it('nothing takes a refusal back', () => {
    fc.assert(
      fc.property(changes, changes, standees, (said, later, askers) => {
        const before = standingWith(said)
        const after = standingWith([...said, ...later])
        for (const asker of askers) if (refuses(before, asker)) expect(refuses(after, asker)).toBe(true)
      }),
    )
  })

  it('where there is no room, more is refused, never less, and the bound holds', () => {
    fc.assert(
      fc.property(changes, standees, fc.integer({ min: 0, max: 4 }), (said, askers, maxEntries) => {
        const [one, full] = [standingWith(said), standingWith(said, { maxEntries })]
        expect(full.size()).toBeLessThanOrEqual(2 * maxEntries)
        for (const asker of askers) {
          if (refuses(one, asker) && asker.issuedAt <= start) expect(refuses(full, asker)).toBe(true)
          if (one.deviceOf(asker)?.compliant === false) expect(full.deviceOf(asker)?.compliant).toBe(false)
        }
      }),
    )
  })
})

describe('what is forgotten', () => {
  const forgetting = (said: readonly Change[], more: { maxEntries?: number } = {}): Standing => {
    let now = start
    const standing = standingWith(said, { ...more, now: () => now })
    now += 61_000
    standing.look()
    return standing
  }
  const later = (start + 61_000) / 1_000 - longest

  it('is the same in whatever order it was said, and however often it is kept and read again', () => {
    fc.assert(
      fc.property(changes, fc.infiniteStream(fc.nat()), standees, (said, keys, askers) => {
        const shuffled = said.map(change => [keys.next().value ?? 0, change] as const).sort((a, b) => a[0] - b[0])
        const [one, other] = [forgetting(said), forgetting([...shuffled.map(([, change]) => change), ...said])]
        expect(seenOf(other, askers)).toEqual(seenOf(one, askers))
        const again = createStanding({ now: () => start })
        for (const [issuer, words] of one.said()) again.apply(issuer, [...words])
        expect([seenOf(again, askers), again.size()]).toEqual([seenOf(one, askers), one.size()])
      }),
    )
  })

  it('concerns no token that can still be asked with, and nothing that came here of late', () => {
    fc.assert(
      fc.property(changes, standees, (said, askers) => {
        const [one, other] = [standingWith(said), forgetting(said)]
        const recent = standingWith(said.filter(change => change.at >= later))
        for (const asker of askers) {
          if (asker.issuedAt / 1_000 >= later) expect(refuses(other, asker)).toBe(refuses(recent, asker))
          if (refuses(recent, asker)) expect(refuses(other, asker)).toBe(true)
          if (refuses(other, asker)) expect(refuses(one, asker)).toBe(true)
        }
      }),
    )
  })
})

describe('what may be forgotten', () => {
  it('is forgotten when no token and no session can be as old', () => {
    let now = start
    const standing = standingWith(
      [
        { kind: 'party', id: 'rep', at },
        { kind: 'ended', id: 's1', at },
        { kind: 'posture', owner: 'rep', compliant: false, at },
      ],
      { now: () => now },
    )
    now += (86_400 + 43_200) * 1_000
    standing.look()
    expect(refuses(standing, who())).toBe(true)
    now += 62_000
    standing.look()
    expect([refuses(standing, who()), standing.size()]).toEqual([false, 0])
  })
})

describe('silence', () => {
  const of = (issuer: string): Standee => ({ ...who(), issuer })
  it('is what a token was issued in before there was a stream', () => {
    const standing = createStanding({ now: () => start })
    standing.expect([{ alias: 'workforce', silence: 90 }])
    standing.heard('workforce', start)
    standing.apply('workforce', [{ kind: 'since', at }])
    expect(standing.degraded({ issuer: 'workforce', issuedAt: start }, 90)).toEqual(['signals-stale'])
    expect(standing.degraded({ issuer: 'workforce', issuedAt: start + 1_000 }, 90)).toEqual([])
    expect([...standing.said()].flatMap(([, changes]) => [...changes])).toEqual([{ kind: 'since', at }])
  })

  it('is told of an issuer of which signals are expected, until it gives a sign of life, and after it gave none', () => {
    let now = start
    const standing = createStanding({ now: () => now })
    expect(standing.degraded(of('workforce'), undefined)).toEqual([])
    standing.expect([{ alias: 'workforce', silence: 90 }])
    expect([standing.degraded(of('workforce'), 90), standing.degraded(of('partner'), undefined)]).toEqual([['signals-stale'], []])
    standing.heard('workforce', now)
    const epoch = standing.epoch()
    expect(standing.degraded(of('workforce'), 90)).toEqual([])
    now += 90_000
    standing.look()
    expect([standing.degraded(of('workforce'), 90), standing.epoch()]).toEqual([[], epoch])
    now += 1
    standing.look()
    expect([standing.degraded(of('workforce'), 90), standing.epoch()]).toEqual([['signals-stale'], epoch + 1])
    standing.heard('workforce', now - 1_000)
    expect(standing.degraded(of('workforce'), 90)).toEqual([])
    standing.expect([])
    now += 900_000
    expect(standing.degraded(of('workforce'), undefined)).toEqual([])
  })

  it('is not ended by an old sign, nor by one of the future', () => {
    let now = start
    const standing = createStanding({ now: () => now })
    standing.expect([{ alias: 'workforce', silence: 90 }])
    standing.heard('workforce', now - 91_000)
    expect(standing.degraded(of('workforce'), 90)).toEqual(['signals-stale'])
    standing.heard('workforce', now)
    now -= 3_600_000
    expect(standing.degraded(of('workforce'), 90)).toEqual(['signals-stale'])
  })
})

describe('devices', () => {
  const word = (more: object): Change => ({ kind: 'posture', compliant: false, at, ...more }) as Change
  it('are what was said of them last; where none is named, the worst of all that somebody uses', () => {
    const standing = standingWith([
      word({ device: 'd1', owner: 'rep' }),
      word({ device: 'd1', at: at + 1, compliant: true }),
      word({ device: 'd2', owner: 'rep', compliant: true }),
    ])
    expect(standing.deviceOf(who(), 'd1')).toEqual({ compliant: true, at: start + 1_000 })
    expect(standing.deviceOf(who(), 'd2')).toEqual({ compliant: true, at: start })
    expect(standing.deviceOf(who())).toEqual({ compliant: false, at: start })
    expect(standing.deviceOf(who({ sub: 'other' }))).toBe(undefined)
    expect(standing.deviceOf(who({ sub: 'other' }), 'd1')).toEqual({ compliant: true, at: start + 1_000 })
  })
})
