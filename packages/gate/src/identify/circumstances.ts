import type { AssertedDevice, DeviceRecord, SenderProof, Verified } from '@selvage/identity'
import type { Circumstances, CompiledPolicies, Device, Who } from '@selvage/kernel/policy'

const minute = 60_000
/** Of one token: as many as there may be at a time, and a few that are over. */
const most = 16

/** What is known of a request beside its token. */
export interface Known {
  readonly proof: SenderProof
  /** Of the key that was proven. `lost`: there was one. */
  readonly record: DeviceRecord | 'lost' | undefined
  /** What the issuer said since of the device: that it is in order, or not. Milliseconds since 1970. */
  readonly word: { readonly compliant: boolean; readonly at: number } | undefined
  readonly degraded: readonly string[]
}

/**
 * Who asks, in these circumstances: the same object for the same ones, so that what is known of it is found again. What an
 * agent proves of itself says nothing of the person behind it, so what counts of the two is the weaker: no proof, and what
 * the issuer says of the device.
 * @param now milliseconds since 1970
 */
export function askingOf(who: Verified, known: Known, policies: CompiledPolicies, now: number): Required<Who> {
  const circumstances = circumstancesOf(who, known, policies, now)
  const ofToken = all.get(who) ?? new Map<string, Required<Who>>()
  all.set(who, ofToken)
  const key = JSON.stringify(circumstances)
  const before = ofToken.get(key)
  if (before !== undefined) return before
  const asking = Object.freeze({ subject: who.subject, actors: who.actors, circumstances: Object.freeze(circumstances) })
  const oldest = ofToken.keys().next()
  if (ofToken.size >= most && oldest.done !== true) ofToken.delete(oldest.value)
  ofToken.set(key, asking)
  return asking
}

const all = new WeakMap<Verified, Map<string, Required<Who>>>()

function circumstancesOf(who: Verified, known: Known, policies: CompiledPolicies, now: number): Circumstances {
  const { proof, record, degraded } = known
  const stale = isStale(record, now)
  const device = stale ? undefined : deviceOf(who, known)
  return {
    proof: who.actors.length > 0 ? 'bearer' : proof.kind,
    degraded: [...degraded, ...(who.keysStale ? ['keys-stale'] : []), ...(stale ? ['posture-stale'] : [])].sort(),
    ...(device === undefined ? {} : { device: aged(device, policies, now) }),
  }
}

/** Milliseconds by which the clock of a source may differ. */
const clockSkew = 5_000

/** What nobody renewed, what cannot be read and what comes from the future must not fall back to a better word. */
const isStale = (record: Known['record'], now: number): boolean =>
  record === 'lost' || (record !== undefined && (now >= record.expiresAt || record.observedAt > now + clockSkew))

interface Observed extends Omit<Device, 'ageMinutes'> {
  readonly observedAt: number
}

/** A later word of the issuer's that it is not in order counts in any case. */
function deviceOf(who: Verified, { record, word }: Known): Observed | undefined {
  const device = record === undefined || record === 'lost' ? assertedOf(who) : fromRecord(record, who)
  if (device === undefined || word === undefined || word.compliant || word.at < device.observedAt) return device
  return { ...device, source: who.issuer, managed: false, observedAt: word.at }
}

const flagNames = ['managed', 'encrypted', 'patched'] as const

/** What its own source signed of the key that was proven. An agent's is not its person's: it counts where it is the worse. */
function fromRecord({ source, method, signals, observedAt }: DeviceRecord, who: Verified): Observed | undefined {
  if (who.actors.length === 0) return { source, method, observedAt, ...signals }
  const asserted = assertedOf(who)
  if (asserted === undefined) return undefined
  // What neither says stays unsaid, but for `managed`: a device that nobody says is managed is not.
  const denied = flagNames.filter(
    name => signals[name] !== true && (name === 'managed' || signals[name] === false || asserted[name] !== undefined),
  )
  return denied.length === 0 ? asserted : { ...asserted, source, ...Object.fromEntries(denied.map(name => [name, false])) }
}

/** What the issuer asserts, bound to no key. */
function assertedOf({ device, issuer, issuedAt }: Verified): Observed | undefined {
  return device && { method: 'asserted', source: issuer, observedAt: issuedAt, ...flags(device) }
}

const flags = (claims: AssertedDevice): Partial<Device> =>
  Object.fromEntries(flagNames.flatMap(name => (typeof claims[name] === 'boolean' ? [[name, claims[name]]] : [])))

/** Where no rule asks how old it is, it never changes. */
function aged({ observedAt, ...device }: Observed, { askAge }: CompiledPolicies, now: number): Device {
  return Object.freeze({ ...device, ageMinutes: askAge ? Math.max(0, Math.floor((now - observedAt) / minute)) : 0 })
}

/** Milliseconds since 1970 at which the device was observed, as far as it counts. */
export const deviceObservedAt = (who: Verified, known: Known): number | undefined => deviceOf(who, known)?.observedAt

/** Milliseconds since 1970 at which what is known of them is other than now, if nothing else happens. */
export function circumstancesUntil(who: Verified, known: Known, { askAge }: CompiledPolicies, now: number): number {
  const { record } = known
  const ends = [who.goodUntil]
  if (record !== undefined && record !== 'lost' && record.expiresAt > now) ends.push(record.expiresAt)
  const observed = deviceOf(who, known)?.observedAt
  if (askAge && observed !== undefined) ends.push(observed + (Math.max(0, Math.floor((now - observed) / minute)) + 1) * minute)
  return Math.min(...ends)
}
