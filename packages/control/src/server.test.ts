import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bundle, following, maxBundleLength, openBundle, openFreshness, signBundle } from '@selvage/bundle'
import { errorTable } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Centre, openCentre } from './centre.ts'
import { createServer } from './server.ts'

const signer = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const online = generateKeyPairSync('ed25519')
const noon = Date.parse('2026-11-25T12:00:00.000Z')

let dir: string
let now: number
let centre: Centre
let server: FastifyInstance
let url: string
let events: { event: string; [name: string]: unknown }[]

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-control-'))
  now = noon
  events = []
  centre = openCentre({
    mesh: 'example',
    stateDir: dir,
    centreKey: signer.publicKey,
    key: { id: 'control', privateKey: online.privateKey },
    now: () => now,
  })
  server = createServer(centre, (event, attributes) => void events.push({ event, ...attributes }))
  url = await server.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

const signed = (change: Partial<Bundle> = {}, by = signer): string =>
  signBundle(
    {
      kind: 'centre',
      mesh: 'example',
      version: 2,
      issued: '2026-11-25T00:00:00.000Z',
      expires: '2027-02-01T00:00:00.000Z',
      variables: {},
      files: [],
      ...((change.version ?? 2) > 2 ? following(openBundle(signed(), signer.publicKey)) : {}),
      ...change,
    } as Bundle,
    { id: 'centre', privateKey: by.privateKey },
  )

interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly code: string | undefined
}

async function call(path: string, options: RequestInit = {}): Promise<Told> {
  const response = await fetch(url + path, options)
  const text = await response.text()
  const problem = response.headers.get('content-type')?.startsWith('application/problem+json') ? (JSON.parse(text) as Problem) : undefined
  if (problem !== undefined) {
    expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'help', 'ref', 'status', 'title', 'type'])
    expect({ status: problem.status, told: errorTable[problem.code].http }).toEqual({ status: response.status, told: response.status })
    expect(response.headers.get('retry-after')).toBe(errorTable[problem.code].retry ? '1' : null)
    expect(events.find(({ ref }) => ref === problem.ref)).toMatchObject({ code: problem.code })
  } else expect(response.status).toBeLessThan(400)
  return { status: response.status, headers: response.headers, text, code: problem?.code }
}

interface Problem {
  readonly code: keyof typeof errorTable
  readonly status: number
  readonly ref: string
}

const put = (body: string): Promise<Told> => call('/v1/bundles/centre', { method: 'PUT', body })
const seen = ({ status, code }: Told): string => (code === undefined ? String(status) : `${status} ${code}`)

describe('what control hands out', () => {
  test('nothing without a bundle: 503, with when to try again', async () => {
    for (const path of ['/v1/bundles/centre', '/v1/freshness']) expect(seen(await call(path))).toBe('503 policy.missing')
    const response = await fetch(`${url}/readyz`)
    expect([response.status, await response.json()]).toEqual([503, { ready: false }])
    expect(JSON.parse((await call('/livez')).text)).toEqual({ live: true })
  })

  test('the envelope byte by byte, under its digest', async () => {
    const envelope = ` ${signed()}\n`
    const taken = JSON.parse((await put(envelope)).text) as { version: number; digest: string }
    const told = await call('/v1/bundles/centre')
    expect(told.text).toBe(envelope)
    expect(openBundle(told.text, signer.publicKey)).toMatchObject(taken)
    expect(told.headers.get('etag')).toBe(`"${taken.digest}"`)
    const same = await call('/v1/bundles/centre', { headers: { 'if-none-match': `"${taken.digest}"` } })
    expect([same.status, same.text]).toEqual([304, ''])
    expect((await call('/v1/bundles/centre', { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    expect((await call('/readyz')).status).toBe(200)
  })

  test('freshness minute by minute: signed anew for the bundle that is current, and never older than half a minute', async () => {
    await put(signed())
    const word = async (): Promise<ReturnType<typeof openFreshness>> => {
      const { text, headers } = await call('/v1/freshness')
      expect(headers.get('cache-control')).toBe('no-store')
      return openFreshness(text, online.publicKey)
    }
    for (let minute = 0; minute < 5; minute += 1) {
      now = noon + minute * 60_000
      expect(await word()).toEqual({
        mesh: 'example',
        version: 2,
        digest: centre.current()!.bundle.digest,
        issued: new Date(now).toISOString(),
      })
      now += 29_999
      expect((await word()).issued).toBe(new Date(noon + minute * 60_000).toISOString())
    }
    now = noon - 3_600_000
    expect((await word()).issued).toBe(new Date(now).toISOString())
    await put(signed({ version: 3 }))
    expect(await word()).toMatchObject({ version: 3, digest: centre.current()!.bundle.digest })
  })

  test('HEAD says what GET would, without a body', async () => {
    await put(signed())
    for (const path of ['/v1/bundles/centre', '/v1/freshness', '/readyz', '/livez']) {
      const [head, get] = [await call(path, { method: 'HEAD' }), await call(path)]
      expect([path, head.status, head.text, head.headers.get('content-length')]).toEqual([
        path,
        200,
        '',
        String(Buffer.byteLength(get.text)),
      ])
    }
  })
})

describe('what control takes', () => {
  test('refuses whoever is not the centre, and keeps what it has', async () => {
    expect((await put(signed())).status).toBe(200)
    const tries: readonly (readonly [string, string])[] = [
      [signed({ version: 3 }, stranger), '403 policy.signature'],
      [signed({ version: 3 }).replace(/(?<="sig":")./, first => (first === 'A' ? 'B' : 'A')), '403 policy.signature'],
      [signed({ version: 1 }), '409 policy.version'],
      [signed({ variables: { A: 'b' } }), '409 policy.version'],
      [signed({ version: 3, parent: 'a'.repeat(64), ancestors: [] }), '409 policy.parent'],
      [signed({ version: 3, expires: '2026-11-25T11:59:59.000Z' }), '422 policy.bundle_expired'],
      [signed({ version: 3, mesh: 'other' }), '422 policy.invalid'],
      [signed({ version: 3, kind: 'domain', domain: 'sales' }), '422 policy.invalid'],
      ['{}', '422 policy.invalid'],
      ['not a bundle', '422 policy.invalid'],
      ['', '422 policy.invalid'],
      [' '.repeat(maxBundleLength + 1), '413 policy.too_large'],
    ]
    for (const [body, told] of tries) expect([body.slice(0, 40), seen(await put(body))]).toEqual([body.slice(0, 40), told])
    // Its length is enough; whoever is refused while still sending may never read why.
    const long = await raw(
      `PUT /v1/bundles/centre HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${maxBundleLength * 2 + 1}\r\n\r\n{`,
    )
    expect([long.slice(0, 12), long.includes('"policy.too_large"')]).toEqual(['HTTP/1.1 413', true])
    expect(JSON.parse((await put(signed())).text)).toMatchObject({ version: 2 })
    expect(openFreshness((await call('/v1/freshness')).text, online.publicKey).version).toBe(2)
  })

  test('a disk that cannot be written is a fault of ours, not of the sender, and what was held stays', async () => {
    rmSync(dir, { recursive: true })
    server = await replaced('/dev/null/nowhere')
    expect(seen(await put(signed()))).toBe('500 internal.fault')
    expect(seen(await call('/v1/freshness'))).toBe('503 policy.missing')
  })

  test('an address that is no address is refused in our own words', async () => {
    for (const at of ['/%ff', '/v1/bundles/centr%e', '/v1/bundl%s/centre']) {
      const answer = await server.inject({ method: 'GET', url: at })
      expect([answer.statusCode, answer.headers['content-type'], answer.json().code]).toEqual([
        400,
        expect.stringContaining('application/problem+json'),
        'request.malformed',
      ])
    }
  })

  test('addresses and methods that there are not', async () => {
    for (const path of ['/', '/v1', '/v1/freshness/', '/V1/freshness', '/v1/bundles/sales', '/v1/bundles/centre/../../../etc/passwd'])
      expect([path, seen(await call(path))]).toEqual([path, '404 request.not_found'])
    for (const [method, path, allow] of [
      ['POST', '/v1/bundles/centre', 'GET, HEAD, PUT'],
      ['DELETE', '/v1/bundles/centre?x=1', 'GET, HEAD, PUT'],
      ['PUT', '/v1/freshness', 'GET, HEAD'],
      ['OPTIONS', '/readyz', 'GET, HEAD'],
    ] as const) {
      const told = await call(path, { method, ...(method === 'PUT' ? { body: 'x' } : {}) })
      expect([path, seen(told), told.headers.get('allow')]).toEqual([path, '405 request.method', allow])
    }
  })

  test('bytes that are no request are refused, and the next one is answered', async () => {
    for (const bytes of ['GARBAGE\r\n\r\n', 'GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', '\x16\x03\x01\x02\x00'])
      expect([bytes, (await raw(bytes)).slice(0, 12)]).toEqual([bytes, 'HTTP/1.1 400'])
    expect((await raw(`GET /livez HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`)).slice(0, 12)).toBe('HTTP/1.1 431')
    expect((await call('/livez')).status).toBe(200)
  })

  test('uploads by four at once at most', async () => {
    const head = 'PUT /v1/bundles/centre HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{'
    const sockets = await Promise.all([0, 1, 2, 3].map(() => open(head)))
    await expect.poll(async () => seen(await put(signed()))).toBe('503 limit.busy')
    sockets[0]!.destroy()
    await expect.poll(async () => seen(await put(signed()))).toBe('200')
    for (const socket of sockets) socket.destroy()
  })

  test('one connection carries many requests', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (let i = 0; i < 5; i += 1)
      await new Promise<void>((resolve, reject) => {
        const sent = request(`${url}${i % 2 === 0 ? '/livez' : '/nowhere'}`, { agent }, reply => {
          ports.add(reply.socket.localPort)
          reply.resume().once('end', resolve)
        })
        sent.once('error', reject).end()
      })
    agent.destroy()
    expect(ports.size).toBe(1)
  })
})

/** Another control, on a folder of its own. */
async function replaced(stateDir: string): Promise<FastifyInstance> {
  await server.close()
  centre = openCentre({
    mesh: 'example',
    stateDir,
    centreKey: signer.publicKey,
    key: { id: 'control', privateKey: online.privateKey },
    now: () => now,
  })
  const other = createServer(centre, (event, attributes) => void events.push({ event, ...attributes }))
  url = await other.listen({ port: 0, host: '127.0.0.1' })
  return other
}

const open = (bytes: string): Promise<ReturnType<typeof connect>> =>
  new Promise(resolve => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => {
      socket.write(bytes.replace(/(?<=\r\n)Host: x(?=\r\n)/g, `Host: ${new URL(url).host}`))
      resolve(socket)
    })
    socket.on('error', () => undefined)
  })

async function raw(bytes: string): Promise<string> {
  const socket = await open(bytes)
  let text = ''
  for await (const part of socket) text += String(part)
  return text
}
