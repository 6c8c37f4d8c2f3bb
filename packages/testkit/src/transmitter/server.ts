import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { newKey, publicJwk, type TransmitterKey } from './key.ts'
import { sayEvent, supported, verificationType } from './outbox.ts'
import { changeShape, methods, pollShape, Stream, wantedShape } from './stream.ts'

/** An issuer's transmitter (SSF 1.0) on loopback, for tests: strict with its receivers, and it says what a test has it say. */
export interface TestTransmitter {
  readonly url: string
  /** Signs events, and whatever a test signs as this issuer. */
  readonly key: TransmitterKey
  readonly client: { readonly id: string; readonly secret: string }
  readonly audience: string
  /** The one stream that there may be. */
  readonly stream: () => Stream | undefined
  /** To the stream. Gives the event's id. */
  readonly emit: (type: string, subject: object, event?: object) => string
  /** It takes requests for signs of life, and gives none. */
  silent: boolean
  readonly close: () => Promise<void>
}

interface Answer {
  readonly status: number
  readonly body?: unknown
}

const host = '127.0.0.1'
const maxBody = 65_536

export async function startTransmitter(now: () => number = Date.now): Promise<TestTransmitter> {
  const key = newKey('t1')
  const client = { id: 'selvage-gate', secret: crypto.randomUUID() }
  const access = crypto.randomUUID()
  const audience = 'https://gate.test'
  let stream: Stream | undefined
  const server = createServer((request, response) => {
    void answerTo(request)
      .catch((error: unknown): Answer => ({ status: 400, body: { error: String(error) } }))
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(body === undefined ? '' : JSON.stringify(body))
      })
  })
  await new Promise<void>(resolve => void server.listen(0, host, resolve))
  const url = `http://${host}:${(server.address() as AddressInfo).port}`

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '/', url)
    const text = await bodyOf(request)
    const route = `${request.method} ${pathname.replace(/^\/ssf\/poll\/.*/, '/ssf/poll')}`
    const document = documents()[route]
    if (document !== undefined) return { status: 200, body: document }
    if (route === 'POST /token') return grant(request, new URLSearchParams(text))
    if (request.headers.authorization !== `Bearer ${access}`) return { status: 401 }
    if (pathname === '/ssf/streams') return streams(request.method, text, searchParams.get('stream_id'))
    if (route === 'POST /ssf/verify') return verify(JSON.parse(text) as { stream_id: string; state?: string })
    if (route === 'POST /ssf/poll' && pathname.endsWith(`/${stream?.id}`))
      return { status: 200, body: stream!.poll(pollShape.parse(JSON.parse(text))) }
    return { status: 404 }
  }

  const documents = (): Readonly<Record<string, unknown>> => ({
    'GET /.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/jwks`, token_endpoint: `${url}/token` },
    'GET /jwks': { keys: [publicJwk(key)] },
    'GET /.well-known/ssf-configuration': {
      spec_version: '1_0',
      issuer: url,
      jwks_uri: `${url}/jwks`,
      delivery_methods_supported: Object.values(methods),
      configuration_endpoint: `${url}/ssf/streams`,
      verification_endpoint: `${url}/ssf/verify`,
      critical_subject_members: ['user'],
      default_subjects: 'ALL',
    },
  })

  function grant({ headers }: IncomingMessage, form: URLSearchParams): Answer {
    const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString('base64')}`
    if (headers.authorization !== basic) return { status: 401, body: { error: 'invalid_client' } }
    if (form.get('grant_type') !== 'client_credentials') return { status: 400, body: { error: 'unsupported_grant_type' } }
    if (form.get('scope')?.split(' ').includes('ssf.manage') !== true) return { status: 400, body: { error: 'invalid_scope' } }
    return { status: 200, body: { access_token: access, token_type: 'Bearer', expires_in: 300 } }
  }

  function streams(method: string | undefined, text: string, id: string | null): Answer {
    if (method === 'GET') return { status: 200, body: stream === undefined ? [] : [stream.describe(url, audience)] }
    if (method === 'DELETE') {
      if (id !== stream?.id) return { status: 404 }
      stream?.close()
      stream = undefined
      return { status: 204 }
    }
    if (method === 'POST') {
      const wanted = wantedShape.parse(JSON.parse(text))
      if (!wanted.events_requested.some(type => supported.includes(type))) return { status: 400, body: { error: 'no event' } }
      if (stream !== undefined) return { status: 409 }
      stream = new Stream(wanted)
      return { status: 201, body: stream.describe(url, audience) }
    }
    const change = method === 'PATCH' ? changeShape.parse(JSON.parse(text)) : undefined
    if (change === undefined || stream === undefined || change.stream_id !== stream.id) return { status: 404 }
    stream.change(change)
    return { status: 200, body: stream.describe(url, audience) }
  }

  function verify({ stream_id: id, state }: { stream_id: string; state?: string }): Answer {
    if (stream === undefined || id !== stream.id) return { status: 404 }
    if (!transmitter.silent) transmitter.emit(verificationType, { format: 'opaque', id }, state === undefined ? {} : { state })
    return { status: 204 }
  }

  const transmitter: TestTransmitter = {
    url,
    key,
    client,
    audience,
    silent: false,
    stream: () => stream,
    emit(type, subject, event = {}) {
      const outgoing = sayEvent({ issuer: url, audience, key, now }, type, subject, event)
      if (stream === undefined) throw new Error('nobody listens')
      stream.add(outgoing)
      return outgoing.id
    },
    close: async () => {
      stream?.close()
      server.closeAllConnections()
      await new Promise(resolve => void server.close(resolve))
    },
  }
  return transmitter
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) {
    text += String(part)
    if (text.length > maxBody) throw new Error('too large')
  }
  return text
}
