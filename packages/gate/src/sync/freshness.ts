import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { type Freshness, openFreshness, readKept, replaceFile } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'

const skew = 5_000

/** Control's last word that the centre's bundle is current. It survives a restart of the gate. */
export interface KeptFreshness {
  readonly current: () => Freshness | undefined
  /** Throws `policy.signature` or `policy.version`; an older word than the one held changes nothing. */
  readonly offer: (envelope: string) => Freshness
}

export function openKeptFreshness(options: { dir: string; mesh: string; key: KeyObject; now: () => number }): KeptFreshness {
  const path = join(options.dir, 'freshness.json')
  const text = readKept(path, 65_536)
  let held = text === undefined ? undefined : openFreshness(text, options.key)

  function offer(envelope: string): Freshness {
    const word = openFreshness(envelope, options.key)
    if (word.mesh !== options.mesh) throw new SelvageError('policy.signature', { cause: 'freshness of another mesh' })
    if (Date.parse(word.issued) > options.now() + skew) throw new SelvageError('policy.stale', { cause: 'freshness from the future' })
    if (held !== undefined && word.version < held.version) throw new SelvageError('policy.version')
    if (held === undefined || word.issued > held.issued) {
      replaceFile(path, envelope)
      held = word
    }
    return held
  }

  return { current: () => held, offer }
}
