import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SmallMesh } from './small-mesh.ts'

/** A web page on the same machine whose name resolves to loopback, or that asks across origins, at running processes. */

let mesh: SmallMesh

beforeAll(async () => {
  mesh = await SmallMesh.ready({ gate: { hosts: ['data.example.org'] } })
}, 60_000)
afterAll(() => mesh?.close())

interface Answer {
  readonly status: number
  readonly code: string | undefined
}

function ask(url: string, method: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, response => {
      let text = ''
      response.on('data', (part: Buffer) => {
        text += part.toString('utf8')
      })
      response.once('end', () => {
        const code = /"code":"([a-z_.]+)"/.exec(text)?.[1]
        resolve({ status: response.statusCode ?? 0, code })
      })
    })
    asked.once('error', reject).end()
  })
}

const atGate: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['GET', '/openapi.json'],
  ['GET', '/metrics'],
  ['GET', '/v1/products'],
  ['GET', '/v1/bundles'],
  ['PUT', '/v1/bundles/domain'],
  ['POST', '/v1/sql'],
  ['POST', '/v1/why'],
  ['POST', '/v1/who-saw'],
  ['POST', '/v1/who-can'],
  ['POST', '/v1/see-as'],
  ['GET', '/log/audit/checkpoint'],
  ['GET', '/nothing'],
  ['OPTIONS', '/v1/sql'],
]
const atControl: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['GET', '/v1/bundles/centre'],
  ['PUT', '/v1/bundles/centre'],
  ['GET', '/v1/freshness'],
  ['GET', '/nothing'],
]

describe.each([
  ['the gate', () => mesh.door.url, atGate],
  ['control', () => mesh.controlUrl, atControl],
] as const)('%s', (_name, urlOf, addresses) => {
  test('serves nothing under a name that is not its own', async () => {
    const { port } = new URL(urlOf())
    for (const [method, path] of addresses)
      for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1:1', '127.0.0.1'])
        expect({ method, path, host, ...(await ask(urlOf() + path, method, { host })) }).toEqual({
          method,
          path,
          host,
          status: 421,
          code: 'request.host',
        })
  })

  test('serves no page of another origin', async () => {
    for (const [method, path] of addresses)
      for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1'])
        expect({ method, path, origin, ...(await ask(urlOf() + path, method, { origin })) }).toEqual({
          method,
          path,
          origin,
          status: 403,
          code: 'request.origin',
        })
  })

  test('answers to its own names, and to a page of its own', async () => {
    const { port } = new URL(urlOf())
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`])
      expect({ host, ...(await ask(`${urlOf()}/livez`, 'GET', { host, origin: `http://${host}` })) }).toMatchObject({ host, status: 200 })
  })
})

test('a name that the configuration lists is the gate’s own, and not control’s', async () => {
  const headers = { host: 'data.example.org', origin: 'https://data.example.org' }
  expect(await ask(`${mesh.door.url}/livez`, 'GET', headers)).toMatchObject({ status: 200 })
  expect(await ask(`${mesh.controlUrl}/livez`, 'GET', headers)).toMatchObject({ status: 421 })
})

/** The last: without its log the gate answers in other words, by another server. */
test('a gate that waits for its log is no more open', async () => {
  const logs = join(mesh.dir, 'gate', 'logs')
  await mesh.gate!.stop()
  renameSync(logs, `${logs}.away`)
  writeFileSync(logs, '')
  const started = mesh.startGate()
  started.catch(() => undefined)
  const { url } = mesh.door
  await expect.poll(() => ask(`${url}/readyz`, 'GET', {}).catch(() => undefined), { timeout: 15_000 }).toMatchObject({ status: 503 })
  for (const path of ['/livez', '/readyz', '/metrics']) {
    expect(await ask(url + path, 'GET', { host: 'evil.example' })).toEqual({ status: 421, code: 'request.host' })
    expect(await ask(url + path, 'GET', { origin: 'http://evil.example' })).toEqual({ status: 403, code: 'request.origin' })
  }
  rmSync(logs)
  renameSync(`${logs}.away`, logs)
  await started
}, 60_000)
