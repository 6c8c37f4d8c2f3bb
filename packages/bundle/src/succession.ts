import { SelvageError } from '@selvage/kernel/model'
import type { Bundle, VerifiedBundle } from './bundle.ts'

/** Digests that a bundle names at most: its parent, and those before that. */
export const maxLineage = 64

/** What a bundle that follows `before` says of where it comes from. */
export function following(before: Pick<VerifiedBundle, 'digest' | 'parent' | 'ancestors'>): Required<Pick<Bundle, 'parent' | 'ancestors'>> {
  return { parent: before.digest, ancestors: lineageOf(before).slice(0, maxLineage - 1) }
}

/** Digests of the bundles before it, the newest first. */
export const lineageOf = ({ parent, ancestors = [] }: Pick<Bundle, 'parent' | 'ancestors'>): readonly string[] =>
  parent === undefined ? [] : [parent, ...ancestors]

/**
 * Throws `policy.version` or `policy.parent` where `next` may not take the place of what is held. The same again may. Whoever was away takes a
 * bundle that names the one it holds among its ancestors; whoever holds nothing takes any.
 */
export function refuseStranger(next: VerifiedBundle, held: Pick<VerifiedBundle, 'version' | 'digest'> | undefined): void {
  if (held === undefined || next.digest === held.digest) return
  if (next.version <= held.version) throw new SelvageError('policy.version')
  if (!lineageOf(next).includes(held.digest)) throw new SelvageError('policy.parent')
}
