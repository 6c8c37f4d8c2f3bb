import { type Code, SelvageError } from '@selvage/kernel/model'
import type { Identified } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { append, type Receipt } from './append.ts'

/**
 * The code of the entries that count what has none of its own. The gate's own state, `limit.busy`, is nothing that a
 * subject did: it has a budget beside the other, and whose is spent is answered as before.
 */
type Kind = 'limit.share' | 'limit.busy'
const kindOf = (code: Code): Kind => (code === 'limit.busy' ? code : 'limit.share')

/** What the refusals of one subject and kind have taken of the log since the first of them. */
interface Window {
  readonly kind: Kind
  /** By the gate's clock, in milliseconds; a clock that is set back ends the window. */
  readonly started: number
  bytes: number
  spent: Spent | undefined
}

/** The budget is spent: one entry says so, further requests are counted, another entry says how many they were. */
interface Spent {
  readonly opened: Promise<Receipt>
  readonly timer: NodeJS.Timeout
  readonly until: number
  /** The one whose refusal was the last. */
  last: Identified
  refused: number
}

/** Subjects that are looked through for windows that are over: those beyond are new ones. */
const sweepAt = 10_000

/**
 * Keeps one subject from filling the disk with refusals. INVARIANT: each refusal after `identify` has an entry of its own,
 * or is one of those that entries count; what `admit` refuses was neither read nor decided.
 */
export class Denials {
  readonly #gate: Gate
  readonly #windows = new Map<string, Window>()

  private constructor(gate: Gate) {
    this.#gate = gate
  }

  static of(gate: Gate): Denials {
    const denials = all.get(gate.audit) ?? new Denials(gate)
    all.set(gate.audit, denials)
    return denials
  }

  /** An entry `denied` of so many bytes, details among them, was made. */
  charge(subject: string, code: Code, bytes: number): void {
    this.#current(kindOf(code), subject).bytes += bytes
  }

  /** The entry that counts this refusal; undefined: it is to have its own. */
  async counted(identified: Identified, code: Code): Promise<Receipt | undefined> {
    return code === 'limit.busy' ? this.#count(code, identified)?.opened : undefined
  }

  /** Throws `limit.share` where the subject's budget is spent, once that is on the disk. */
  async admit(identified: Identified): Promise<void> {
    const spent = this.#count('limit.share', identified)
    if (spent === undefined) return
    await spent.opened
    const seconds = Math.max(1, Math.ceil((spent.until - performance.now()) / 1_000))
    throw new SelvageError('limit.share', {
      detail: 'So much that you asked was refused that this gate looks at nothing more of yours for a while.',
      help: 'Ask again after the time in Retry-After, for what the rules allow.',
      retryAfter: seconds,
    })
  }

  /** Says how many were counted so far, as nobody will later. */
  async close(): Promise<void> {
    for (const [key, window] of this.#windows) await this.#end(key, window)
  }

  #count(kind: Kind, identified: Identified): Spent | undefined {
    const { id } = identified.who.subject
    const window = this.#windows.has(keyOf(kind, id)) ? this.#current(kind, id) : undefined
    if (window === undefined || (window.spent === undefined && window.bytes < this.#gate.config.limits.deniedBytes)) return undefined
    const spent = window.spent ?? this.#spend(window, identified)
    spent.refused += 1
    spent.last = identified
    return spent
  }

  #current(kind: Kind, subject: string): Window {
    const key = keyOf(kind, subject)
    const known = this.#windows.get(key)
    if (known !== undefined && (known.spent !== undefined || !this.#isOver(known))) return known
    if (this.#windows.size >= sweepAt) this.#sweep()
    const window: Window = { kind, started: this.#gate.clock(), bytes: 0, spent: undefined }
    this.#windows.set(key, window)
    return window
  }

  #sweep(): void {
    for (const [key, window] of this.#windows) if (window.spent === undefined && this.#isOver(window)) this.#windows.delete(key)
  }

  #isOver({ started }: Window): boolean {
    const now = this.#gate.clock()
    return now < started || now >= started + this.#gate.config.limits.deniedMs
  }

  #spend(window: Window, identified: Identified): Spent {
    const key = keyOf(window.kind, identified.who.subject.id)
    const { deniedMs } = this.#gate.config.limits
    const left = Math.min(deniedMs, Math.max(1_000, window.started + deniedMs - this.#gate.clock()))
    const opened = append(this.#gate, identified, { event: 'denied', code: window.kind, more: { counted_for: left } })
    const timer = setTimeout(() => void this.#end(key, window), left).unref()
    window.spent = { opened, timer, until: performance.now() + left, last: identified, refused: 0 }
    // Nothing was said of it: whoever comes next tries again.
    opened.catch(() => {
      clearTimeout(timer)
      window.spent = undefined
    })
    return window.spent
  }

  async #end(key: string, window: Window): Promise<void> {
    const { kind, spent } = window
    if (spent !== undefined) clearTimeout(spent.timer)
    if (this.#windows.get(key) === window) this.#windows.delete(key)
    if (spent === undefined) return
    try {
      const { index } = await spent.opened
      await append(this.#gate, spent.last, { event: 'denied', code: kind, more: { of: index, refused: spent.refused } })
    } catch (error) {
      this.#gate.log('audit.count_lost', { refused: spent.refused, cause: String(error) })
    }
  }
}

const keyOf = (kind: Kind, subject: string): string => `${kind} ${subject}`

const all = new WeakMap<Gate['audit'], Denials>()
