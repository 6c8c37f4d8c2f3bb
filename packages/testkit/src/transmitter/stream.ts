import { z } from 'zod'
import { type Outgoing, supported } from './outbox.ts'

export const methods = { push: 'urn:ietf:rfc:8935', poll: 'urn:ietf:rfc:8936' } as const

export const wantedShape = z.strictObject({
  delivery: z.discriminatedUnion('method', [
    z.strictObject({ method: z.literal(methods.push), endpoint_url: z.url(), authorization_header: z.string().min(1) }),
    z.strictObject({ method: z.literal(methods.poll) }),
  ]),
  events_requested: z.array(z.string()),
})
export type Wanted = z.infer<typeof wantedShape>
export const changeShape = wantedShape.partial().extend({ stream_id: z.string() })

export const pollShape = z.strictObject({
  maxEvents: z.int().min(0).optional(),
  returnImmediately: z.boolean().optional(),
  ack: z.array(z.string()).optional(),
  setErrs: z.record(z.string(), z.strictObject({ err: z.string(), description: z.string() })).optional(),
})

/** What a receiver said of an event. */
export type Told = 'accepted' | { readonly err: string; readonly description: string }

/** Milliseconds until an event that was not taken is pushed again. */
const againAfter = 300

/** One receiver's stream: what waits in it until the receiver has taken or refused it. */
export class Stream {
  readonly id: string = crypto.randomUUID()
  readonly told = new Map<string, Told>()
  readonly #waiting = new Map<string, Outgoing>()
  #wanted: Wanted
  #closed = false

  constructor(wanted: Wanted) {
    this.#wanted = wanted
  }

  get wanted(): Wanted {
    return this.#wanted
  }

  get waiting(): number {
    return this.#waiting.size
  }

  change({ delivery = this.#wanted.delivery, events_requested = this.#wanted.events_requested }: z.infer<typeof changeShape>): void {
    this.#wanted = { delivery, events_requested }
  }

  close(): void {
    this.#closed = true
  }

  describe(issuer: string, audience: string): object {
    const { delivery, events_requested: requested } = this.#wanted
    const told =
      delivery.method === methods.poll
        ? { ...delivery, endpoint_url: `${issuer}/ssf/poll/${this.id}` }
        : { method: delivery.method, endpoint_url: delivery.endpoint_url }
    const delivered = requested.filter(type => supported.includes(type))
    return {
      stream_id: this.id,
      iss: issuer,
      aud: audience,
      delivery: told,
      events_supported: supported,
      events_requested: requested,
      events_delivered: delivered,
    }
  }

  add(event: Outgoing): void {
    this.#waiting.set(event.id, event)
    if (this.#wanted.delivery.method === methods.push) void this.#push(event)
  }

  /** RFC 8936: what is acknowledged or refused goes, the rest comes again. */
  poll({ ack = [], setErrs = {}, maxEvents = 100 }: z.infer<typeof pollShape>): object {
    for (const id of ack) this.#settle(id, 'accepted')
    for (const [id, refusal] of Object.entries(setErrs)) this.#settle(id, refusal)
    const sets = [...this.#waiting.values()].slice(0, maxEvents)
    return { sets: Object.fromEntries(sets.map(({ id, text }) => [id, text])), moreAvailable: this.#waiting.size > sets.length }
  }

  #settle(id: string, told: Told): void {
    if (this.#waiting.delete(id)) this.told.set(id, told)
  }

  /** RFC 8935: 202 takes it, 400 and 401 refuse it, anything else is tried again. */
  async #push(event: Outgoing): Promise<void> {
    const { delivery } = this.#wanted
    if (this.#closed || delivery.method !== methods.push) return
    const headers = { authorization: delivery.authorization_header, 'content-type': 'application/secevent+jwt', accept: 'application/json' }
    const answer = await fetch(delivery.endpoint_url, { method: 'POST', headers, body: event.text }).catch(() => undefined)
    if (answer?.status === 202) return this.#settle(event.id, 'accepted')
    if (answer?.status === 400 || answer?.status === 401) return this.#settle(event.id, (await answer.json()) as Told)
    setTimeout(() => void this.#push(event), againAfter).unref()
  }
}
