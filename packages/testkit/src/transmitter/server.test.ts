import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTransmitter, type Transmitter } from '@selvage/identity'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTransmitter, type TestTransmitter } from './server.ts'

const revoked = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const subject = { format: 'opaque', id: 'rep' }
const none = { taken: [], refused: new Map() }
let there: TestTransmitter
let ours: Transmitter
const clientOf = (more: object = {}): Transmitter =>
  createTransmitter({
    issuer: there.url,
    configuration: `${there.url}/.well-known/ssf-configuration`,
    client: { id: there.client.id, secret: () => there.client.secret },
    fetch,
    allowPrivate: true,
    now: Date.now,
    ...more,
  })
beforeEach(async () => {
  there = await startTransmitter()
  ours = clientOf()
})
afterEach(() => there.close())

describe('a stream that is polled', () => {
  it('is made once, and kept, with what waits in it', async () => {
    const first = await ours.open({ method: 'poll' })
    expect(first.made).toBe(true)
    const id = there.emit(revoked, subject)
    const again = await clientOf().open({ method: 'poll' })
    expect(again).toEqual({ ...first, made: false })
    expect([...(await ours.poll(again, none)).events.keys()]).toEqual([id])
  })

  it('gives an event again until it is taken or refused', async () => {
    const stream = await ours.open({ method: 'poll' })
    const [one, two] = [there.emit(revoked, subject), there.emit(revoked, subject)]
    for (let i = 0; i < 2; i += 1) expect((await ours.poll(stream, none)).events.size).toBe(2)
    const refused = new Map([[two, { err: 'invalid_key', description: 'no' }]])
    expect((await ours.poll(stream, { taken: [one], refused })).events.size).toBe(0)
    expect([...there.stream()!.told]).toEqual([
      [one, 'accepted'],
      [two, { err: 'invalid_key', description: 'no' }],
    ])
  })

  it('says that there is more', async () => {
    const stream = await ours.open({ method: 'poll' })
    for (let i = 0; i < 65; i += 1) there.emit(revoked, subject)
    expect(await ours.poll(stream, none)).toMatchObject({ more: true })
  })

  it('brings the sign of life that was asked for', async () => {
    const stream = await ours.open({ method: 'poll' })
    await ours.verify(stream, 'state-one')
    const [text = ''] = (await ours.poll(stream, none)).events.values()
    expect(Buffer.from(text.split('.')[1]!, 'base64url').toString()).toContain('"state":"state-one"')
    await expect(ours.verify({ ...stream, id: 'other' }, 'x')).rejects.toThrow('fetch: status 404')
  })
})

describe('a stream that is pushed', () => {
  let receiver: ReturnType<typeof createServer>
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let address: string
  beforeEach(async () => {
    receiver = createServer((request, response) => answer(request.resume(), response))
    await new Promise<void>(resolve => void receiver.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/events`
  })
  afterEach(() => receiver.close().closeAllConnections())

  it('sends what it was told to, again where it was not taken, and not again where it was refused', async () => {
    const asked: unknown[] = []
    const codes = [503, 202, 400]
    answer = ({ headers, url }, response) => {
      asked.push([headers.authorization, headers['content-type'], url])
      response.writeHead(codes.shift() ?? 500).end('{"err":"invalid_key","description":"no"}')
    }
    await ours.open({ method: 'poll' })
    const stream = await ours.open({ method: 'push', address, authorization: 'Bearer old' })
    expect(stream.made).toBe(true)
    expect((await clientOf().open({ method: 'push', address, authorization: 'Bearer new' })).made).toBe(false)
    const one = there.emit(revoked, subject)
    await expect.poll(() => there.stream()!.told.get(one)).toBe('accepted')
    const two = there.emit(revoked, subject)
    await expect.poll(() => there.stream()!.told.get(two)).toEqual({ err: 'invalid_key', description: 'no' })
    expect(asked).toEqual(Array.from({ length: 3 }, () => ['Bearer new', 'application/secevent+jwt', '/events']))
  })
})

describe('whoever asks', () => {
  it('without the secret gets no stream, and the error has no secret in it', async () => {
    const error = await clientOf({ client: { id: there.client.id, secret: () => 'wrong-secret' } })
      .open({ method: 'poll' })
      .catch((e: unknown) => String(e))
    expect(error).toBe('Error: fetch: status 401')
  })

  it('follows no document to another origin, nor one of another issuer', async () => {
    const other = await startTransmitter()
    const wrong = { configuration: `${other.url}/.well-known/ssf-configuration` }
    await expect(clientOf(wrong).open({ method: 'poll' })).rejects.toThrow('another issuer’s configuration')
    const lured = async (address: URL | string | Request, init?: RequestInit): Promise<Response> => {
      const response = await fetch(address, init)
      if (!String(address).endsWith('ssf-configuration')) return response
      return Response.json({ ...((await response.json()) as object), configuration_endpoint: `${other.url}/ssf/streams` })
    }
    await expect(clientOf({ fetch: lured }).open({ method: 'poll' })).rejects.toThrow('transmitter: configuration_endpoint')
    await other.close()
  })
})
