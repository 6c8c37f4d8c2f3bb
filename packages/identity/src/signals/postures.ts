import type { Change, Posture } from './change.ts'

/** What was said of a device. */
export interface PostureWord {
  readonly compliant: boolean
  /** Milliseconds since 1970: what was observed later counts instead. */
  readonly at: number
}

interface Word {
  readonly compliant: boolean
  /** Seconds since 1970. */
  readonly at: number
}

/**
 * What one issuer said of devices: of one, of one of somebody's, of whatever somebody uses. The newest word counts, and of
 * two that are as old the worse, so the order in which they come means nothing.
 *
 * INVARIANT: at most `maxEntries` words. What would be more becomes one on all devices that are not in order until then.
 */
export class Postures {
  readonly #devices = new Map<string, Word>()
  /** By owner; '' for whatever they use. */
  readonly #owned = new Map<string, Map<string, Word>>()
  readonly #maxEntries: number
  #size = 0
  #all = -1

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#size
  }

  /** True where something changed. `now` in seconds since 1970. */
  add({ owner, device, compliant, at }: Posture, now: number): boolean {
    if (owner === undefined && device === undefined) return !compliant && this.#addAll(at)
    const map = owner === undefined ? this.#devices : (this.#owned.get(owner) ?? new Map<string, Word>())
    const id = device ?? ''
    const known = map.get(id)
    if (known !== undefined && !isNewer({ compliant, at }, known)) return false
    if (known === undefined && this.#size >= this.#maxEntries) return this.#addAll(Math.max(now, at))
    if (known === undefined) this.#size += 1
    map.set(id, { compliant, at })
    if (owner !== undefined) this.#owned.set(owner, map)
    return true
  }

  #addAll(at: number): boolean {
    if (at <= this.#all) return false
    this.#all = at
    return true
  }

  /**
   * The newest word of a device that is known by its id; where none is, the worst of all that is said of its owner's.
   * @param owner the issuer's own id
   */
  find(owner: string, device: string | undefined): PostureWord | undefined {
    const owned = this.#owned.get(owner)
    const all = this.#all < 0 ? undefined : { compliant: false, at: this.#all }
    const [word] =
      device === undefined
        ? worstFirst([...(owned?.values() ?? []), all])
        : newestFirst([this.#devices.get(device), owned?.get(device), owned?.get(''), all])
    return word === undefined ? undefined : { compliant: word.compliant, at: word.at * 1_000 }
  }

  forget(since: number): void {
    for (const [owner, words] of this.#owned) {
      this.#drop(words, since)
      if (words.size === 0) this.#owned.delete(owner)
    }
    this.#drop(this.#devices, since)
  }

  #drop(words: Map<string, Word>, since: number): void {
    for (const [id, { at }] of words) if (at < since && words.delete(id)) this.#size -= 1
  }

  *changes(): Generator<Change> {
    if (this.#all >= 0) yield { kind: 'posture', compliant: false, at: this.#all }
    for (const [device, word] of this.#devices) yield { kind: 'posture', device, ...word }
    for (const [owner, words] of this.#owned)
      for (const [device, word] of words) yield { kind: 'posture', owner, ...(device === '' ? {} : { device }), ...word }
  }
}

const isNewer = (one: Word, other: Word): boolean => one.at > other.at || (one.at === other.at && other.compliant && !one.compliant)

const given = (words: readonly (Word | undefined)[]): Word[] => words.filter(word => word !== undefined)
const newestFirst = (words: readonly (Word | undefined)[]): Word[] => given(words).sort((a, b) => (isNewer(a, b) ? -1 : 1))
const worstFirst = (words: readonly (Word | undefined)[]): Word[] =>
  given(words).sort((a, b) => Number(a.compliant) - Number(b.compliant) || b.at - a.at)
