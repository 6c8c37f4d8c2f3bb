import type { Admin } from './admin.ts'

/** The alias of a receiver's client in the realm. */
export const receiverClient = 'ssf-receiver'

export interface EventToEmit {
  /** The event's type, a URI. Of CAEP, Keycloak knows session-revoked, credential-change and, by our provider, device-compliance-change. */
  readonly type: string
  /** Of whom it speaks. */
  readonly login: string
  readonly event: Readonly<Record<string, unknown>>
}

export interface Events {
  /** Has the transmitter send an event to the stream of `ssf-receiver`. Throws where it was not dispatched. */
  emit(event: EventToEmit): Promise<void>
  /** The receiver may have events pushed below this address; at first it may nowhere. */
  allowPush(address: string): Promise<void>
}

export function createEvents(admin: Admin, realm: string): Events {
  async function emit({ type, login, event }: EventToEmit): Promise<void> {
    const body = JSON.stringify({ eventType: type, subjectType: 'user-username', subjectValue: login, event })
    const answer = await admin.send(`${realm}/ssf/clients/${receiverClient}/events/emit`, { method: 'POST', body })
    const { status } = (await answer.json()) as { status?: unknown }
    if (status !== 'dispatched') throw new Error(`the event was not dispatched: ${String(status)}`)
  }
  async function allowPush(address: string): Promise<void> {
    const found = await admin.send(`${realm}/clients?clientId=${receiverClient}`)
    const [client] = (await found.json()) as { id: string; attributes: Record<string, string> }[]
    if (client === undefined) throw new Error(`the realm has no client ${receiverClient}`)
    const attributes = { ...client.attributes, 'ssf.validPushUrls': `${address}/*` }
    await admin.send(`${realm}/clients/${client.id}`, { method: 'PUT', body: JSON.stringify({ ...client, attributes }) })
  }
  return { emit, allowPush }
}
