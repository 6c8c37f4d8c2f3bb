import type { Bundle } from '@selvage/bundle'
import { asSelvageError, type Code, type SelvageError } from '@selvage/kernel/model'

/** What was refused since a bundle of its kind was last taken. It is told to anybody: no name, no text of a rule. */
export interface Refusal {
  readonly kind: Bundle['kind']
  readonly code: Code
  /** Where it was known: of a bundle whose signature verified, or that control says is current. */
  readonly version?: number
  /** ISO 8601, UTC: the last time. */
  readonly time: string
  readonly times: number
}

/** One of each kind and code, of known versions apart, so that nobody who sends noise hides what was refused before. */
export class Refusals {
  readonly #now: () => number
  readonly #found = new Map<string, Refusal>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** @returns the error, as one of the table */
  add(kind: Bundle['kind'], error: unknown, version?: number): SelvageError {
    const refusal = asSelvageError(error)
    const key = `${kind} ${refusal.code} ${version === undefined ? 'unknown' : 'known'}`
    const known = version === undefined ? {} : { version }
    const times = (this.#found.get(key)?.times ?? 0) + 1
    this.#found.set(key, { kind, code: refusal.code, ...known, time: new Date(this.#now()).toISOString(), times })
    return refusal
  }

  /** A bundle of this kind was taken; `version`: only what was refused of that one, which is in force now. */
  clear(kind: Bundle['kind'], version?: number): void {
    for (const [key, refusal] of this.#found)
      if (refusal.kind === kind && (version === undefined || refusal.version === version)) this.#found.delete(key)
  }

  list(): readonly Refusal[] {
    return [...this.#found.values()]
  }
}
