import type { KeyObject } from 'node:crypto'
import { type Freshness, openFreshness } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'
import type { Log } from '../ports.ts'
import { openKeptText } from './kept-text.ts'

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
  /** Reads again what the disk refused. */
  readonly retry: () => void
}

export function openKeptFreshness(options: { dir: string; mesh: string; key: KeyObject; now: () => number; log: Log }): KeptFreshness {
  const { dir, mesh, key, now, log } = options
  const kept = openKeptText({ dir, name: 'freshness', maxLength: 65_536, parse, log })

  function parse(envelope: string): Freshness {
    const word = openFreshness(envelope, key)
    if (word.mesh !== mesh) throw new SelvageError('policy.signature', { cause: 'freshness of another mesh' })
    return word
  }

  const isFuture = ({ issued }: Freshness): boolean => Date.parse(issued) > now() + skew

  function age(): number {
    const held = kept.current()
    return held === undefined || isFuture(held) ? Number.POSITIVE_INFINITY : now() - Date.parse(held.issued)
  }

  function read(envelope: string): Freshness {
    const word = parse(envelope)
    if (kept.lost()) throw new SelvageError('policy.missing', { cause: 'the kept word of freshness and its version are lost' })
    if (isFuture(word)) throw new SelvageError('policy.stale', { cause: 'freshness from the future' })
    if (word.version < (kept.floor()?.version ?? 0)) throw new SelvageError('policy.version')
    return word
  }

  function offer(envelope: string): Freshness {
    const word = read(envelope)
    const held = kept.current()
    if (held !== undefined && !isFuture(held) && Date.parse(word.issued) <= Date.parse(held.issued)) return held
    kept.keep(envelope, word)
    return word
  }

  return { current: kept.current, age, offer, read, retry: kept.retry }
}
