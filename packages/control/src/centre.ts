import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import {
  maxBundleLength,
  openBundle,
  readKept,
  refuseStranger,
  replaceFile,
  type SigningKey,
  signFreshness,
  type VerifiedBundle,
} from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'

export interface Centre {
  /** The envelope in force, if there is one. */
  readonly current: () => { readonly envelope: string; readonly bundle: VerifiedBundle } | undefined
  /** Takes a newer bundle; throws `policy.signature`, `policy.version`, `policy.parent`, `policy.bundle_expired`, `policy.too_large` or `policy.invalid`. */
  readonly replace: (envelope: string) => VerifiedBundle
  /** The signed word of this minute. Throws `policy.missing` while there is no bundle. */
  readonly freshness: () => string
}

const freshnessEvery = 30_000

/** The centre's bundle as control keeps it: verified under the pinned key, never replaced by a lower version. */
export function openCentre(options: { mesh: string; stateDir: string; centreKey: KeyObject; key: SigningKey; now: () => number }): Centre {
  const { mesh, centreKey, key, now } = options
  const path = join(options.stateDir, 'centre.bundle.json')
  const open = (envelope: string): { envelope: string; bundle: VerifiedBundle } => ({ envelope, bundle: openBundle(envelope, centreKey) })
  const kept = readKept(path, maxBundleLength * 2)
  let held = kept === undefined ? undefined : open(kept)
  let word: { readonly text: string; readonly at: number } | undefined

  function replace(envelope: string): VerifiedBundle {
    const next = open(envelope)
    if (next.bundle.kind !== 'centre' || next.bundle.mesh !== mesh)
      throw new SelvageError('policy.invalid', { detail: 'This is not the centre’s bundle of this mesh.' })
    if (Date.parse(next.bundle.expires) <= now()) throw new SelvageError('policy.bundle_expired')
    refuseStranger(next.bundle, held?.bundle)
    replaceFile(path, envelope)
    held = next
    word = undefined
    return next.bundle
  }

  function freshness(): string {
    if (held === undefined) throw new SelvageError('policy.missing')
    if (word !== undefined && Math.abs(now() - word.at) < freshnessEvery) return word.text
    const { version, digest } = held.bundle
    word = { at: now(), text: signFreshness({ mesh, version, digest, issued: new Date(now()).toISOString() }, key) }
    return word.text
  }

  return { current: () => held, replace, freshness }
}
