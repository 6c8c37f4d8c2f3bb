import { SelvageError } from '@selvage/kernel/model'
import { digestOf, isHandle } from './handle.ts'
import { isCurrent, type Session } from './session.ts'

export interface SessionBounds {
  readonly perSubject: number
  readonly inAll: number
}

/**
 * The sessions of one gate, in its memory alone: a restart ends them all. INVARIANT: what is not found here has ended, and whoever holds
 * a `Session` asks `has` before it counts.
 */
export class SessionStore {
  readonly #byHandle = new Map<string, Session>()
  readonly #handles = new Map<Session, string>()
  readonly #counts = new Map<string, number>()
  readonly #bounds: SessionBounds
  #epoch = 0

  constructor(bounds: SessionBounds) {
    this.#bounds = bounds
  }

  /** Throws `limit.share` or `limit.busy`. */
  add(handle: string, session: Session): void {
    const { id } = session.who.subject
    const count = this.#counts.get(id) ?? 0
    if (count >= this.#bounds.perSubject)
      throw new SelvageError('limit.share', {
        detail: 'You have as many sessions here as one subject may have at a time.',
        help: 'End one of them, or wait until one expires.',
      })
    if (this.#byHandle.size >= this.#bounds.inAll) throw new SelvageError('limit.busy', { cause: 'no more sessions are opened' })
    const digest = digestOf(handle)
    this.#byHandle.set(digest, session)
    this.#handles.set(session, digest)
    this.#counts.set(id, count + 1)
  }

  /** attacker-controlled: handle. */
  find(handle: string, now: number): Session | undefined {
    const session = isHandle(handle) ? this.#byHandle.get(digestOf(handle)) : undefined
    return session !== undefined && isCurrent(session, now) ? session : undefined
  }

  has(session: Session): boolean {
    return this.#handles.has(session)
  }

  /** From now on it is nobody's. False where it was over already. */
  remove(session: Session): boolean {
    const digest = this.#handles.get(session)
    if (digest === undefined) return false
    this.#handles.delete(session)
    this.#byHandle.delete(digest)
    const { id } = session.who.subject
    const left = (this.#counts.get(id) ?? 1) - 1
    if (left === 0) this.#counts.delete(id)
    else this.#counts.set(id, left)
    this.#epoch += 1
    return true
  }

  /** Grows with each that ends. */
  epoch(): number {
    return this.#epoch
  }

  get size(): number {
    return this.#byHandle.size
  }

  all(): readonly Session[] {
    return [...this.#handles.keys()]
  }
}
