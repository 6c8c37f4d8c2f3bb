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
  /**
   * What cannot be known at this moment of a token: its issuer is silent, or there was no stream yet when it was issued.
   * @param silence as the rules have it by which it is decided, which `expect` may not have seen yet; undefined: no signals are expected
   */
  degraded(who: Pick<Standee, 'issuer' | 'issuedAt'>, silence: number | undefined): readonly 'signals-stale'[]
  /** From whom signals are expected, and do not come. */
  silent(): readonly string[]
  /** What the issuer said of the device, or, where its id is not known, the worst that it said of any that they use. */
  deviceOf(who: Pick<Standee, 'subject' | 'issuer'>, device?: string): PostureWord | undefined

  /** Whose silence is to be told. What they said stays. */
  expect(issuers: readonly Signalling[]): void
  /** An issuer's words, which it has signed; of `everyIssuer`, where nobody knows any more what was said. */
  apply(issuer: string, changes: readonly Change[]): void
  /** An issuer gave a sign of life that it made at this time, in milliseconds since 1970. */
  heard(issuer: string, at: number): void
  /** Once in a while: who has gone silent, and what may be forgotten. */
  look(): void
  /** All that was said and still counts, to be kept. */
  said(): Iterable<readonly [issuer: string, changes: Iterable<Change>]>
  /** Ids of which something is known. */
  size(): number
}

/** In place of an issuer's alias: what is said then is of every issuer. No alias is written so. */
export const everyIssuer = '*'

/** Seconds: the longest life that a trust file may give a token, and clocks that differ. */
const longestToken = 86_400 + 60
const stale: readonly ['signals-stale'] = Object.freeze(['signals-stale'])
const nothing: readonly [] = Object.freeze([])
/** Milliseconds. */
const forgetEvery = 60_000

interface OfIssuer {
  readonly revocations: Revocations
  readonly postures: Postures
  /** Seconds since 1970. */
  since: number
}

export function createStanding({ now, maxEntries = 500_000, longestSession = 43_200 }: StandingOptions): Standing {
  const issuers = new Map<string, OfIssuer>()
  const signs = new Map<string, number>()
  let expected: ReadonlyMap<string, number> = new Map()
  /** As it was told last. */
  let silent = ''
  let epoch = 0
  let everybody: Revocations | undefined
  let forgotten = now()

  function ofIssuer(alias: string): OfIssuer {
    const known = issuers.get(alias) ?? { revocations: new Revocations(alias, maxEntries), postures: new Postures(maxEntries), since: -1 }
    issuers.set(alias, known)
    return known
  }

  function change(known: OfIssuer, what: Change): boolean {
    const { revocations, postures } = known
    const at = Math.floor(now() / 1_000)
    if (what.kind === 'posture') return postures.add(what, at)
    if (what.kind === 'since') {
      const isLater = what.at > known.since
      if (isLater) known.since = what.at
      return isLater
    }
    return what.kind === 'all' ? revocations.addAll(what.at) : revocations.add(what, at)
  }

  function apply(alias: string, changes: readonly Change[]): void {
    const known = ofIssuer(alias)
    let changed = false
    for (const what of changes) changed = change(known, what) || changed
    if (changed) epoch += 1
    if (alias === everyIssuer) everybody = known.revocations
  }

  /** A sign of the future proves nothing, and counts as none. */
  function isSilent(alias: string, silence: number): boolean {
    const age = now() - (signs.get(alias) ?? Number.NEGATIVE_INFINITY)
    return age > silence * 1_000 || age < -60_000
  }

  const silentNow = (): readonly string[] => [...expected].flatMap(([alias, silence]) => (isSilent(alias, silence) ? [alias] : []))

  function isUnheard({ issuer, issuedAt }: Pick<Standee, 'issuer' | 'issuedAt'>): boolean {
    return issuedAt / 1_000 <= (issuers.get(issuer)?.since ?? -1)
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
    const told = silentNow().join()
    if (told !== silent) epoch += 1
    silent = told
  }

  return {
    refuse(who) {
      if (issuers.get(who.issuer)?.revocations.refuses(who) === true || everybody?.refuses(who) === true)
        throw new SelvageError('identity.revoked')
    },
    epoch: () => epoch,
    degraded: (who, silence) => (silence !== undefined && (isSilent(who.issuer, silence) || isUnheard(who)) ? stale : nothing),
    silent: silentNow,
    deviceOf: ({ subject, issuer }, device) => issuers.get(issuer)?.postures.find(subject.id.slice(issuer.length + 1), device),
    expect(given) {
      expected = new Map(given.map(({ alias, silence }) => [alias, silence]))
      look()
    },
    apply,
    heard(alias, at) {
      signs.set(alias, Math.max(at, signs.get(alias) ?? at))
      look()
    },
    look,
    *said() {
      for (const [alias, known] of issuers) yield [alias, changesOf(known)] as const
    },
    size: () => [...issuers.values()].reduce((sum, { revocations, postures }) => sum + revocations.size + postures.size, 0),
  }
}

function* changesOf({ revocations, postures, since }: OfIssuer): Generator<Change> {
  if (since >= 0) yield { kind: 'since', at: since }
  yield* revocations.changes()
  yield* postures.changes()
}
