import type { AssertedDevice, SenderProof, Verified } from '@selvage/identity'
import type { Circumstances, CompiledPolicies, Device, Who } from '@selvage/kernel/policy'

const minute = 60_000
/** Of one token: as many as there may be at a time, and a few that are over. */
const most = 16

/**
 * Who asks, in these circumstances: the same object for the same ones, so that what is known of it is found again. Those of
 * an agent are its own: that it proved a key says nothing of the person behind it, so of the two proofs the weaker counts.
 * @param now milliseconds since 1970
 */
export function askingOf(who: Verified, proof: SenderProof, policies: CompiledPolicies, now: number): Required<Who> {
  const circumstances = circumstancesOf(who, proof, policies, now)
  const ofToken = all.get(who) ?? new Map<string, Required<Who>>()
  all.set(who, ofToken)
  const key = JSON.stringify(circumstances)
  const known = ofToken.get(key)
  if (known !== undefined) return known
  const asking = Object.freeze({ subject: who.subject, actors: who.actors, circumstances: Object.freeze(circumstances) })
  const oldest = ofToken.keys().next()
  if (ofToken.size >= most && oldest.done !== true) ofToken.delete(oldest.value)
  ofToken.set(key, asking)
  return asking
}

const all = new WeakMap<Verified, Map<string, Required<Who>>>()

function circumstancesOf(who: Verified, proof: SenderProof, { askAge }: CompiledPolicies, now: number): Circumstances {
  const { device, issuer, issuedAt, keysStale } = who
  const ageMinutes = askAge ? Math.max(0, Math.floor((now - issuedAt) / minute)) : 0
  return {
    proof: who.actors.length > 0 ? 'bearer' : proof.kind,
    degraded: keysStale ? ['keys-stale'] : [],
    ...(device === undefined ? {} : { device: asserted(device, issuer, ageMinutes) }),
  }
}

/** An issuer's claim: it is bound to no key. */
function asserted(claims: AssertedDevice, source: string, ageMinutes: number): Device {
  const flag = (name: 'managed' | 'encrypted' | 'patched'): Partial<Device> =>
    typeof claims[name] === 'boolean' ? { [name]: claims[name] } : {}
  return Object.freeze({ method: 'asserted', source, ageMinutes, ...flag('managed'), ...flag('encrypted'), ...flag('patched') })
}

/** Milliseconds since 1970 at which what is said of them is other than now, if nothing else happens. */
export function circumstancesUntil({ goodUntil, issuedAt, device }: Verified, { askAge }: CompiledPolicies, now: number): number {
  if (!askAge || device === undefined) return goodUntil
  return Math.min(goodUntil, issuedAt + (Math.floor((now - issuedAt) / minute) + 1) * minute)
}
