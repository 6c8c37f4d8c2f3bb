import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { maxBundleLength, openBundle, readKept, replaceFile, type VerifiedBundle } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'

/** The newest verified bundle of one kind: last good on the disk, never replaced by a lower version. */
export interface KeptBundle {
  readonly current: () => VerifiedBundle | undefined
  /**
   * Verifies a candidate. Throws `policy.signature`, `policy.version`, `policy.bundle_expired` or
   * `policy.invalid`; `keep` it only once it is known to activate.
   */
  readonly open: (envelope: string) => { readonly bundle: VerifiedBundle; readonly keep: () => void }
}

export function openKept(options: {
  dir: string
  kind: 'centre' | 'domain'
  mesh: string
  domain: string
  key: KeyObject
  now: () => number
}): KeptBundle {
  const { kind, mesh, domain, key, now } = options
  const path = join(options.dir, `${kind}.bundle.json`)
  const text = readKept(path, maxBundleLength * 2)
  // What lies on the disk is verified like what comes from the wire.
  let held = text === undefined ? undefined : openBundle(text, key)

  function open(envelope: string): { bundle: VerifiedBundle; keep: () => void } {
    const bundle = openBundle(envelope, key)
    if (bundle.kind !== kind || bundle.mesh !== mesh || (kind === 'domain' && bundle.domain !== domain))
      throw new SelvageError('policy.invalid', { detail: `This is not the ${kind}’s bundle of this mesh.` })
    if (Date.parse(bundle.expires) <= now()) throw new SelvageError('policy.bundle_expired')
    if (held !== undefined && (bundle.version < held.version || (bundle.version === held.version && bundle.digest !== held.digest)))
      throw new SelvageError('policy.version')
    const keep = (): void => {
      replaceFile(path, envelope)
      held = bundle
    }
    return { bundle, keep }
  }

  return { current: () => held, open }
}
