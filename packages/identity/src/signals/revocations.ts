import type { Change } from './change.ts'

/** What of a token is looked up: `Verified` has it. */
export interface Standee {
  readonly subject: { readonly id: string }
  readonly actors: readonly { readonly id: string }[]
  readonly issuer: string
  readonly clientId?: string
  readonly tokenId?: string
  readonly sessionId?: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
}

type Refusal = Exclude<Change, { kind: 'all' | 'since' | 'posture' }>
const kinds = ['party', 'sessionless', 'session', 'ended', 'token'] as const satisfies readonly Refusal['kind'][]

const maxClients = 1_000

/**
 * Which tokens of one issuer are refused. Each id has the latest second of which something was said, so the order in which it
 * is said means nothing, and nothing that is said takes a refusal back.
 *
 * INVARIANT: at most `maxEntries` ids. What would be more becomes `all`: every token of the issuer that was issued until then
 * is refused, whosever it is. So nothing that was said is lost, and memory is bounded.
 */
export class Revocations {
  readonly #byKind = new Map<Refusal['kind'], Map<string, number>>(kinds.map(kind => [kind, new Map()]))
  readonly #parties = this.#byKind.get('party')!
  readonly #sessionless = this.#byKind.get('sessionless')!
  readonly #sessions = this.#byKind.get('session')!
  readonly #ended = this.#byKind.get('ended')!
  readonly #tokens = this.#byKind.get('token')!
  readonly #clients = new Map<string, string>()
  readonly #prefix: string
  readonly #maxEntries: number
  #size = 0
  /** Seconds since 1970. */
  #all = -1

  constructor(alias: string, maxEntries: number) {
    this.#prefix = `${alias}/`
    this.#maxEntries = maxEntries
  }

  get size(): number {
    return this.#size
  }

  /** True where something changed. `now` in seconds since 1970. */
  add(change: Refusal, now: number): boolean {
    const map = this.#byKind.get(change.kind)!
    const id = change.kind === 'party' || change.kind === 'sessionless' ? this.#prefix + change.id : change.id
    const known = map.get(id)
    if (known !== undefined && known >= change.at) return false
    if (known === undefined && this.#size >= this.#maxEntries) return this.addAll(Math.max(now, change.at))
    if (known === undefined) this.#size += 1
    map.set(id, change.at)
    return true
  }

  addAll(at: number): boolean {
    if (at <= this.#all) return false
    this.#all = at
    return true
  }

  refuses({ subject, actors, clientId, tokenId, sessionId, issuedAt }: Standee): boolean {
    const issued = issuedAt / 1_000
    if (issued <= this.#all) return true
    if (this.#size === 0) return false
    const parties = this.#parties
    if (parties.size > 0) {
      if (issued <= (parties.get(subject.id) ?? -1)) return true
      // An agent that is revoked does nothing for anybody any more.
      for (const { id } of actors) if (issued <= (parties.get(id) ?? -1)) return true
      if (clientId !== undefined && issued <= (parties.get(this.#partyOf(clientId)) ?? -1)) return true
    }
    if (tokenId !== undefined && this.#tokens.has(tokenId)) return true
    if (sessionId === undefined) return issued <= (this.#sessionless.get(subject.id) ?? -1)
    return this.#ended.has(sessionId) || issued <= (this.#sessions.get(sessionId) ?? -1)
  }

  /** The same text again, whose hash is known: to make it anew costs as much as all else. */
  #partyOf(clientId: string): string {
    const known = this.#clients.get(clientId)
    if (known !== undefined) return known
    if (this.#clients.size >= maxClients) this.#clients.clear()
    const party = this.#prefix + clientId
    this.#clients.set(clientId, party)
    return party
  }

  /** What no token can be concerned by any more goes: said before `since`, in seconds since 1970. */
  forget(since: number): void {
    for (const map of this.#byKind.values()) for (const [id, at] of map) if (at < since && map.delete(id)) this.#size -= 1
  }

  /** All that it takes to make the same anew. */
  *changes(): Generator<Change> {
    if (this.#all >= 0) yield { kind: 'all', at: this.#all }
    for (const kind of kinds) {
      const prefix = kind === 'party' || kind === 'sessionless' ? this.#prefix.length : 0
      for (const [id, at] of this.#byKind.get(kind)!) yield { kind, id: id.slice(prefix), at }
    }
  }
}
