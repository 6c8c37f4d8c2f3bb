import type { DeviceRecord, Verified } from '@selvage/identity'
import type { CompiledPolicies, Device } from '@selvage/kernel/policy'
import { describe, expect, test } from 'vitest'
import { askingOf, circumstancesUntil, type Known } from './circumstances.ts'

const now = 1_780_000_000_000
const minute = 60_000
const rules = (askAge: boolean): CompiledPolicies => ({ askAge }) as CompiledPolicies
const asserted = { managed: true, encrypted: true }
const token = (more: object = {}): Verified =>
  ({
    subject: { kind: 'User', id: 'staff/ana' },
    actors: [],
    issuer: 'staff',
    issuedAt: now - 3 * minute,
    goodUntil: now + 7 * minute,
    keysStale: false,
    device: asserted,
    ...more,
  }) as unknown as Verified
const byAgent = token({ actors: [{ kind: 'Agent', id: 'staff/bot' }] })
const record = (more: Partial<DeviceRecord> = {}): DeviceRecord => ({
  source: 'mdm',
  method: 'managed',
  device: 'laptop',
  boundTo: { kind: 'jkt', thumbprint: 'k' },
  signals: { managed: true },
  observedAt: now - 2 * minute,
  expiresAt: now + 5 * minute,
  ...more,
})
const known = (more: Partial<Known> = {}): Known => ({
  proof: { kind: 'dpop', thumbprint: 'k' },
  record: undefined,
  word: undefined,
  degraded: [],
  ...more,
})
const seen = (who: Verified, what: Known, askAge = true) => askingOf(who, what, rules(askAge), now).circumstances
const device = (who: Verified, what: Known): Device | undefined => seen(who, what).device

describe('what is known of a request', () => {
  test('is what a source signed of its key, else what the issuer asserts, each as old as it is', () => {
    expect(device(token(), known({ record: record() }))).toEqual({ method: 'managed', source: 'mdm', managed: true, ageMinutes: 2 })
    expect(device(token(), known())).toEqual({ method: 'asserted', source: 'staff', ...asserted, ageMinutes: 3 })
    expect(device(token({ device: undefined }), known())).toBeUndefined()
  })

  test.each<[string, Known['record']]>([
    ['overdue', record({ expiresAt: now })],
    ['of the future', record({ observedAt: now + 6_000 })],
    ['lost', 'lost'],
  ])('with a record that is %s: no device, whatever the issuer asserts', (_, one) => {
    const none = { degraded: ['posture-stale'] }
    expect(seen(token(), known({ record: one }))).toEqual({ proof: 'dpop', ...none })
    expect(seen(byAgent, known({ record: one }))).toEqual({ proof: 'bearer', ...none })
  })

  test('is worse by a later word that it is not in order, and by no earlier one, and never better', () => {
    const at = (ms: number, compliant = false): Known => known({ record: record(), word: { compliant, at: ms } })
    expect(device(token(), at(now - minute))).toMatchObject({ managed: false, source: 'staff', ageMinutes: 1 })
    expect(device(token(), at(now - 3 * minute))).toMatchObject({ managed: true, source: 'mdm' })
    const unmanaged = record({ signals: { managed: false } })
    expect(device(token(), known({ record: unmanaged, word: { compliant: true, at: now } }))).toMatchObject({ managed: false })
  })

  test('of an agent’s is the worse of the two: no proof, the issuer’s word, and its own device only where that is not in order', () => {
    expect(seen(byAgent, known({ record: record() }))).toMatchObject({ proof: 'bearer', device: { method: 'asserted', managed: true } })
    for (const signals of [{ managed: false }, {}])
      expect(device(byAgent, known({ record: record({ signals }) }))).toMatchObject({ method: 'asserted', managed: false })
    const ordered = token({ actors: byAgent.actors, device: { managed: true, encrypted: true, patched: true } })
    const worse = { managed: true, encrypted: false, patched: false }
    const all = { managed: true, encrypted: true, patched: true }
    expect(device(ordered, known({ record: record({ signals: worse }) }))).toMatchObject({ method: 'asserted', source: 'mdm', ...worse })
    // What the agent's record is silent on it does not prove; what neither says stays unsaid.
    expect(device(ordered, known({ record: record() }))).toMatchObject({ source: 'mdm', ...worse })
    expect(device(ordered, known({ record: record({ signals: all }) }))).toMatchObject({ source: 'staff', ...all })
    expect(device(byAgent, known({ record: record({ signals: all }) }))?.patched).toBeUndefined()
    expect(device(byAgent, known({ record: record({ signals: { managed: true, encrypted: true } }) }))?.patched).toBeUndefined()
    expect(device(byAgent, known({ record: record({ signals: { ...all, patched: false } }) }))).toMatchObject({
      encrypted: true,
      patched: false,
    })
    const bad = token({ actors: byAgent.actors, device: worse })
    expect(device(bad, known({ record: record({ signals: all }) }))).toMatchObject({ source: 'staff', ...worse })
    const nobodys = token({ actors: byAgent.actors, device: undefined })
    expect(device(nobodys, known({ record: record() }))).toBeUndefined()
  })

  test('is one object as long as it is the same', () => {
    const who = token()
    const first = askingOf(who, known(), rules(false), now)
    expect(askingOf(who, known(), rules(false), now + 5 * minute)).toBe(first)
    expect(askingOf(who, known(), rules(true), now)).not.toBe(first)
    expect(askingOf(who, known({ proof: { kind: 'bearer' } }), rules(false), now)).not.toBe(first)
  })

  test('holds until the token, the record, or the minute is over', () => {
    const until = (what: Known, askAge: boolean): number => circumstancesUntil(token(), what, rules(askAge), now) - now
    expect(until(known(), false)).toBe(7 * minute)
    expect(until(known({ record: record() }), false)).toBe(5 * minute)
    expect(until(known({ record: record({ observedAt: now - 90_000 }) }), true)).toBe(30_000)
    expect(until(known({ record: record({ expiresAt: now - 1 }) }), false)).toBe(7 * minute)
    expect(until(known({ record: 'lost' }), false)).toBe(7 * minute)
  })
})
