import type { KeyObject } from 'node:crypto'
import { maxBundleLength, openBundle, refuseStranger, type VerifiedBundle } from '@selvage/bundle'
import { SelvageError } from '@selvage/kernel/model'
import type { Log } from '../ports.ts'
import type { BundleHistory } from './history.ts'
import { openKeptText } from './kept-text.ts'

/** The newest verified bundle of one kind: last good on the disk, never replaced by a lower version. */
export interface KeptBundle {
  readonly current: () => VerifiedBundle | undefined
  /**
   * Verifies a candidate. Throws `policy.signature`, `policy.version`, `policy.parent`, `policy.bundle_expired`,
   * `policy.too_large` or `policy.invalid`; `keep` it only once it is known to activate, and before it is in force. Throws
   * `policy.missing` where the operator has to say first which version is the lowest: what was kept is lost.
   */
  readonly open: (envelope: string) => { readonly bundle: VerifiedBundle; readonly keep: () => void }
  /** Reads again what the disk refused. */
  readonly retry: () => void
}

export function openKept(options: {
  dir: string
  kind: 'centre' | 'domain'
  mesh: string
  domain: string
  key: KeyObject
  now: () => number
  log: Log
  /** Of bundles that were in force; a gate keeps one. */
  history?: BundleHistory
}): KeptBundle {
  const { dir, kind, mesh, domain, key, now, log, history } = options

  function parse(envelope: string): VerifiedBundle {
    const bundle = openBundle(envelope, key)
    if (bundle.kind !== kind || bundle.mesh !== mesh || (kind === 'domain' && bundle.domain !== domain))
      throw new SelvageError('policy.invalid', { detail: `This is not the ${kind}’s bundle of this mesh.` })
    return bundle
  }

  // What lies on the disk is verified like what comes from the wire.
  const kept = openKeptText({ dir, name: `${kind}.bundle`, maxLength: maxBundleLength * 2, parse, log })

  function open(envelope: string): { bundle: VerifiedBundle; keep: () => void } {
    const bundle = parse(envelope)
    if (kept.lost()) throw new SelvageError('policy.missing', { detail: lostDetail(kind), help: lostHelp })
    if (Date.parse(bundle.expires) <= now()) throw new SelvageError('policy.bundle_expired')
    refuseStranger(bundle, kept.floor())
    const keep = (): void => {
      tryKeep(envelope, bundle)
      history?.add(bundle.digest, envelope)
    }
    return { bundle, keep }
  }

  function tryKeep(envelope: string, bundle: VerifiedBundle): void {
    try {
      kept.keep(envelope, bundle)
    } catch (error) {
      log('kept.refused', { what: `${kind}.bundle`, cause: String((error as NodeJS.ErrnoException).code ?? error) })
      throw error
    }
  }

  return { current: kept.current, open, retry: kept.retry }
}

const lostDetail = (kind: string): string => `What this gate kept of the ${kind}’s rules, and which version they were, cannot be read.`
const lostHelp = 'Its operator has to look at it: docs/guide/kept-rules.md.'
