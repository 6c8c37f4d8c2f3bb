import { SelvageError } from '@selvage/kernel/model'
import type { Change } from './change.ts'
import { Postures, type PostureWord } from './postures.ts'
import { Revocations, type Standee } from './revocations.ts'

export interface StandingOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Ids of one issuer about which something may be known; what is more concerns all of its tokens. */
  readonly maxEntries?: number
  /** Seconds that a session of ours lasts at most: so long is a token looked at again after its end. */
  readonly longestSession?: number
}

/** An issuer from which signals are expected. */
export interface Signalling {
  readonly alias: string
  /** Seconds without a sign of life after which what it said last may be out of date. */
  readonly silence: number
}

/** What was said since a token was issued. It is asked anew with each request, outside of every cache. */
export interface Standing {
  /** Throws `identity.revoked`. */
  refuse(who: Standee): void
  /** Grows with each change that may change an answer. */
  epoch(): number
  /** What cannot be known at this moment of the tokens of one issuer. */
  degraded(issuer: string): readonly 'signals-stale'[]
  /** What the issuer said of the device, or, where its id is not known, the worst that it said of any that they use. */
  deviceOf(who: Pick<Standee, 'subject' | 'issuer'>, device?: string): PostureWord | undefined

  /** From whom signals are expected; of whoever is left out nothing is stale. What they said stays. */
  expect(issuers: readonly Signalling[]): void
  /** An issuer's words, which it has signed. */
  apply(issuer: string, changes: readonly Change[]): void
  /** Every token of an issuer that was issued until then is refused: nobody knows what was said. Milliseconds since 1970. */
  refuseAll(issuer: string, until: number): void
  /** An issuer gave a sign of life that it made at this time, in milliseconds since 1970. */
  heard(issuer: string, at: number): void
  /** Once in a while: who has gone silent, and what may be forgotten. */
  look(): void
  /** All that was said and still counts, to be kept. */
  said(): Iterable<readonly [issuer: string, changes: Iterable<Change>]>
  /** Ids of which something is known. */
  size(): number
}

/** Seconds: the longest life that a trust file may give a token, and clocks that differ. */
const longestToken = 86_400 + 60
const stale: readonly ['signals-stale'] = Object.freeze(['signals-stale'])
const nothing: readonly [] = Object.freeze([])
/** Milliseconds. */
const forgetEvery = 60_000

interface OfIssuer {
  readonly revocations: Revocations
  readonly postures: Postures
}

export function createStanding({ now, maxEntries = 500_000, longestSession = 43_200 }: StandingOptions): Standing {
  const issuers = new Map<string, OfIssuer>()
  const signs = new Map<string, number>()
  let expected: ReadonlyMap<string, number> = new Map()
  /** As it was told last. */
  let silent = ''
  let epoch = 0
  let forgotten = now()

  function ofIssuer(alias: string): OfIssuer {
    const known = issuers.get(alias) ?? { revocations: new Revocations(alias, maxEntries), postures: new Postures(maxEntries) }
    issuers.set(alias, known)
    return known
  }

  function change({ revocations, postures }: OfIssuer, what: Change): boolean {
    const at = Math.floor(now() / 1_000)
    if (what.kind === 'posture') return postures.add(what, at)
    return what.kind === 'all' ? revocations.addAll(what.at) : revocations.add(what, at)
  }

  function apply(alias: string, changes: readonly Change[]): void {
    const known = ofIssuer(alias)
    let changed = false
    for (const what of changes) changed = change(known, what) || changed
    if (changed) epoch += 1
  }

  /** A sign of the future proves nothing, and counts as none. */
  function isSilent(alias: string): boolean {
    const silence = expected.get(alias)
    if (silence === undefined) return false
    const age = now() - (signs.get(alias) ?? Number.NEGATIVE_INFINITY)
    return age > silence * 1_000 || age < -60_000
  }

  function forget(): void {
    if (Math.abs(now() - forgotten) < forgetEvery) return
    forgotten = now()
    const since = Math.floor(now() / 1_000) - longestToken - longestSession
    for (const { revocations, postures } of issuers.values()) {
      revocations.forget(since)
      postures.forget(since)
    }
  }

  function look(): void {
    forget()
    const told = [...expected.keys()].filter(isSilent).join()
    if (told !== silent) epoch += 1
    silent = told
  }

  return {
    refuse(who) {
      if (issuers.get(who.issuer)?.revocations.refuses(who) === true) throw new SelvageError('identity.revoked')
    },
    epoch: () => epoch,
    degraded: alias => (isSilent(alias) ? stale : nothing),
    deviceOf: ({ subject, issuer }, device) => issuers.get(issuer)?.postures.find(subject.id.slice(issuer.length + 1), device),
    expect(given) {
      expected = new Map(given.map(({ alias, silence }) => [alias, silence]))
      look()
    },
    apply,
    refuseAll: (alias, until) => apply(alias, [{ kind: 'all', at: Math.floor(until / 1_000) }]),
    heard(alias, at) {
      signs.set(alias, Math.max(at, signs.get(alias) ?? at))
      look()
    },
    look,
    *said() {
      for (const [alias, { revocations, postures }] of issuers) yield [alias, both(revocations.changes(), postures.changes())] as const
    },
    size: () => [...issuers.values()].reduce((sum, { revocations, postures }) => sum + revocations.size + postures.size, 0),
  }
}

function* both(one: Iterable<Change>, other: Iterable<Change>): Generator<Change> {
  yield* one
  yield* other
}
