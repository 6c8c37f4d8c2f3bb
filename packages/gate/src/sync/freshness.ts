import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { type Freshness, openFreshness, readKept, replaceFile } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'

/** Milliseconds by which control's clock may be ahead of ours. */
const skew = 5_000

/** Control's last word that the centre's bundle is current. It survives a restart of the gate. */
export interface KeptFreshness {
  readonly current: () => Freshness | undefined
  /** Milliseconds since control gave it; infinite where there is none, or where it claims to come from the future. */
  readonly age: () => number
  /**
   * Throws `policy.signature`, `policy.version`, or `policy.stale` for a word from the future. An older word than the one
   * held changes nothing, unless the clock was set back: then the one held proves nothing, and the newest of now is taken.
   */
  readonly offer: (envelope: string) => Freshness
  /** The word, verified as `offer` does, which changes nothing yet. */
  readonly read: (envelope: string) => Freshness
}

export function openKeptFreshness(options: { dir: string; mesh: string; key: KeyObject; now: () => number }): KeptFreshness {
  const path = join(options.dir, 'freshness.json')
  const text = readKept(path, 65_536)
  let held = text === undefined ? undefined : openFreshness(text, options.key)

  const isFuture = ({ issued }: Freshness): boolean => Date.parse(issued) > options.now() + skew
  const age = (): number => (held === undefined || isFuture(held) ? Number.POSITIVE_INFINITY : options.now() - Date.parse(held.issued))

  function read(envelope: string): Freshness {
    const word = openFreshness(envelope, options.key)
    if (word.mesh !== options.mesh) throw new SelvageError('policy.signature', { cause: 'freshness of another mesh' })
    if (isFuture(word)) throw new SelvageError('policy.stale', { cause: 'freshness from the future' })
    if (held !== undefined && word.version < held.version) throw new SelvageError('policy.version')
    return word
  }

  function offer(envelope: string): Freshness {
    const word = read(envelope)
    if (held === undefined || isFuture(held) || Date.parse(word.issued) > Date.parse(held.issued)) {
      replaceFile(path, envelope)
      held = word
    }
    return held
  }

  return { current: () => held, age, offer, read }
}
