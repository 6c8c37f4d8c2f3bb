import { BadStatus, type Outbound, type Sent, sendBounded } from '../outbound.ts'
import { isStrictObject, parseStrictJson, type StrictJson, type StrictObject } from '../strict-json.ts'
import { requestedEvents } from './event-types.ts'
import { type PollAnswer, pollRequest, readPollAnswer, type Settled } from './poll.ts'

/** Whoever asks at an issuer's transmitter, in its own name. */
export interface TransmitterClient {
  readonly id: string
  readonly secret: () => string
}

export interface TransmitterOptions extends Outbound {
  /** The exact `iss`. */
  readonly issuer: string
  /** The address of the transmitter's configuration, at the issuer's own origin. */
  readonly configuration: string
  readonly client: TransmitterClient
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export type WantedDelivery =
  | { readonly method: 'poll' }
  /** The address that events are pushed to, and what the transmitter has to send in `Authorization`. */
  | { readonly method: 'push'; readonly address: string; readonly authorization: string }

/** A stream of ours at a transmitter. */
export interface OpenStream {
  readonly id: string
  /** Where events are asked for; of one that is polled only. */
  readonly pollAddress?: string
  /** Just now: what was said before is not in it. */
  readonly made: boolean
}

/** The receiver's side of SSF 1.0 section 8. What goes wrong throws, and no error carries a token or a secret. */
export interface Transmitter {
  /** There is one stream as it is wanted when this returns, and none besides. */
  open(wanted: WantedDelivery): Promise<OpenStream>
  /** Asks for a sign of life, which comes as an event. */
  verify(stream: OpenStream, state: string): Promise<void>
  /** RFC 8936. */
  poll(stream: OpenStream, settled: Settled): Promise<PollAnswer>
}

const methods = { push: 'urn:ietf:rfc:8935', poll: 'urn:ietf:rfc:8936' } as const
/** Milliseconds of one request. */
const patience = 5_000
const maxDocument = 256 * 1024
const maxEvents = 2 * 1024 * 1024
/** Milliseconds before its end at which an access token is fetched anew. */
const renewBefore = 30_000
const scope = 'ssf.manage ssf.read'

interface Endpoints {
  readonly token: string
  readonly streams: string
  readonly verification: string
}

export function createTransmitter(options: TransmitterOptions): Transmitter {
  const { issuer, configuration, client, now } = options
  const origin = new URL(issuer).origin
  let known: Endpoints | undefined
  let access: { readonly token: string; readonly until: number } | undefined

  /** Every address that a document names is at the issuer's own origin, or is none. */
  function addressIn(document: StrictObject, name: string): string {
    const value = document[name]
    if (typeof value !== 'string' || !URL.canParse(value) || new URL(value).origin !== origin) throw new Error(`transmitter: ${name}`)
    return value
  }

  const send = (address: string, sent: Sent, good: readonly number[] = [200], maxLength = maxDocument): Promise<string> =>
    sendBounded(new URL(address), sent, options, { signal: AbortSignal.timeout(patience), good, maxLength })

  async function fetchDocument(address: string): Promise<StrictObject> {
    const document = parseStrictJson(await send(address, { method: 'GET' }))
    if (!isStrictObject(document) || document.issuer !== issuer) throw new Error('transmitter: another issuer’s configuration')
    return document
  }

  async function endpoints(): Promise<Endpoints> {
    if (known !== undefined) return known
    const [ssf, oidc] = await Promise.all([
      fetchDocument(configuration),
      fetchDocument(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
    ])
    known = {
      token: addressIn(oidc, 'token_endpoint'),
      streams: addressIn(ssf, 'configuration_endpoint'),
      verification: addressIn(ssf, 'verification_endpoint'),
    }
    return known
  }

  /** RFC 6749 section 4.4, with the client's secret in `Authorization` (section 2.3.1). */
  async function fetchAccess(address: string): Promise<string> {
    if (access !== undefined && now() < access.until && access.until - now() < 86_400_000) return access.token
    const text = await send(address, {
      method: 'POST',
      headers: { authorization: `Basic ${basic(client)}`, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }).toString(),
    })
    const answer = parseStrictJson(text)
    if (!isStrictObject(answer) || typeof answer.access_token !== 'string' || !tokenText.test(answer.access_token))
      throw new Error('transmitter: no access token')
    const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : 0
    access = { token: answer.access_token, until: now() + seconds * 1_000 - renewBefore }
    return access.token
  }

  /** Whatever may have changed at the other side is looked up anew after a failure. */
  async function call(address: string, sent: Sent, good: readonly number[], maxLength?: number): Promise<string> {
    const { token } = await endpoints()
    const authorization = `Bearer ${await fetchAccess(token)}`
    try {
      return await send(address, { ...sent, headers: { ...sent.headers, authorization } }, good, maxLength)
    } catch (error) {
      known = undefined
      if (error instanceof BadStatus && error.status === 401) access = undefined
      throw error
    }
  }

  const json = (method: Sent['method'], value: unknown): Sent => ({
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(value),
  })

  /** INVARIANT: a stream that fits is kept, since events may wait in it. */
  async function open(wanted: WantedDelivery): Promise<OpenStream> {
    const { streams } = await endpoints()
    const all = parseStrictJson(await call(streams, { method: 'GET' }, [200]))
    const there = (Array.isArray(all) ? all : [all]).filter(isStrictObject)
    const fitting = there.find(stream => isFitting(stream, wanted))
    for (const stream of there) if (stream !== fitting && typeof stream.stream_id === 'string') await remove(streams, stream.stream_id)
    if (fitting === undefined) return { ...(await make(streams, wanted)), made: true }
    await update(streams, fitting, wanted)
    return { ...readStream(fitting, wanted), made: false }
  }

  async function make(streams: string, wanted: WantedDelivery): Promise<Omit<OpenStream, 'made'>> {
    const body = { delivery: deliveryOf(wanted), events_requested: requestedEvents }
    return readStream(parseStrictJson(await call(streams, json('POST', body), [200, 201])), wanted)
  }

  /** Nobody tells which authorization is in force. Where a stream is polled is the transmitter's to say: it is left out. */
  async function update(streams: string, { stream_id, events_requested: asked }: StrictObject, wanted: WantedDelivery): Promise<void> {
    const isAsked = Array.isArray(asked) && requestedEvents.every(type => asked.includes(type))
    if (wanted.method === 'poll' && isAsked) return
    const delivery = wanted.method === 'poll' ? {} : { delivery: deliveryOf(wanted) }
    await call(streams, json('PATCH', { stream_id, ...delivery, events_requested: requestedEvents }), [200, 201, 204])
  }

  async function remove(streams: string, id: string): Promise<void> {
    const address = new URL(streams)
    address.searchParams.set('stream_id', id)
    await call(address.href, { method: 'DELETE' }, [200, 204, 404])
  }

  function readStream(stream: StrictJson, { method }: WantedDelivery): Omit<OpenStream, 'made'> {
    if (!isStrictObject(stream) || typeof stream.stream_id !== 'string') throw new Error('transmitter: no stream')
    if (!isStrictObject(stream.delivery) || stream.delivery.method !== methods[method]) throw new Error('transmitter: delivery')
    return method === 'poll' ? { id: stream.stream_id, pollAddress: addressIn(stream.delivery, 'endpoint_url') } : { id: stream.stream_id }
  }

  async function verify(stream: OpenStream, state: string): Promise<void> {
    const { verification } = await endpoints()
    await call(verification, json('POST', { stream_id: stream.id, state }), [200, 202, 204])
  }

  async function poll({ pollAddress }: OpenStream, settled: Settled): Promise<PollAnswer> {
    if (pollAddress === undefined) throw new Error('transmitter: a stream that is not polled')
    const text = await call(pollAddress, json('POST', pollRequest(settled)), [200, 202, 204], maxEvents)
    return text === '' ? { events: new Map(), more: false } : readPollAnswer(text)
  }

  return { open, verify, poll }
}

function isFitting({ stream_id: id, delivery }: StrictObject, wanted: WantedDelivery): boolean {
  if (typeof id !== 'string' || !isStrictObject(delivery) || delivery.method !== methods[wanted.method]) return false
  return wanted.method === 'poll' || delivery.endpoint_url === wanted.address
}

function deliveryOf(wanted: WantedDelivery): object {
  const method = methods[wanted.method]
  return wanted.method === 'poll' ? { method } : { method, endpoint_url: wanted.address, authorization_header: wanted.authorization }
}

const tokenText = /^[A-Za-z0-9._~+/-]+=*$/

/** RFC 6749 section 2.3.1: both are form-encoded first. */
function basic({ id, secret }: TransmitterClient): string {
  const encoded = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1)
  return Buffer.from(`${encoded(id)}:${encoded(secret())}`).toString('base64')
}
