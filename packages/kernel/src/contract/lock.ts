import { canonicalJson, type Json, SelvageError } from '../model/index.ts'
import type { Label, Purpose, Taxonomy } from './mesh.ts'

/**
 * What a domain signed of the centre's words: the parents of labels and purposes that it was checked against. A parent
 * can widen (a permit for one purpose holds for those below it), so it counts in a domain only if the domain says so.
 */
export interface Lock {
  readonly labels: Readonly<Record<string, readonly string[]>>
  readonly purposes: Readonly<Record<string, readonly string[]>>
}

/** The name of the file in a domain's folder. */
export const lockFile = 'mesh.lock'

export function formatLock({ labels, purposes }: Taxonomy): string {
  const parentsOf = (words: Iterable<Label | Purpose>): Json =>
    Object.fromEntries([...words].map(({ name, parents }) => [name, [...parents].sort()]))
  return `${canonicalJson({ labels: parentsOf(labels.values()), purposes: parentsOf(purposes.values()) })}\n`
}

/** Parses a lock whose signature was verified. Throws `policy.invalid`. */
export function parseLock(text: string): Lock {
  const value = parseJson(text) as Partial<Lock> | null
  if (!isParents(value?.labels) || !isParents(value?.purposes)) throw new SelvageError('policy.invalid', { cause: 'mesh.lock' })
  return { labels: value.labels, purposes: value.purposes }
}

/** The centre's words with the parents that this domain signed. No lock: nothing below anything that could widen. */
export function withinLock(taxonomy: Taxonomy, lock: Lock | undefined): Taxonomy {
  const { labels, purposes } = taxonomy
  const known = (parents: Lock['labels'] | undefined, name: string): readonly string[] =>
    parents !== undefined && Object.hasOwn(parents, name) ? parents[name]! : []
  return {
    ...taxonomy,
    // A restricting parent only ever takes away, so the centre may add one at any time.
    labels: mapped(labels, label => ({
      ...label,
      parents: label.parents.filter(
        parent => labels.get(parent)?.kind === 'restricting' || known(lock?.labels, label.name).includes(parent),
      ),
    })),
    purposes: mapped(purposes, purpose => ({
      ...purpose,
      parents: purpose.parents.filter(parent => known(lock?.purposes, purpose.name).includes(parent)),
    })),
  }
}

const mapped = <V>(map: ReadonlyMap<string, V>, change: (value: V) => V): ReadonlyMap<string, V> =>
  new Map([...map].map(([key, value]) => [key, change(value)]))

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SelvageError('policy.invalid', { cause })
  }
}

const isParents = (value: unknown): value is Lock['labels'] =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every(parents => Array.isArray(parents) && parents.every(parent => typeof parent === 'string'))
