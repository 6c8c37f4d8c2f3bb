import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CommandError } from '../exit.ts'
import { openProofKey } from '../proof-key.ts'
import { askForApproval, findIssuer, type Issuer, renew } from './issuer.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-login-issuer-'))
const key = openProofKey(dir)
const good = { access_token: 'a', token_type: 'DPoP', expires_in: 600 }
const device = { device_code: 'd', user_code: 'AAAA-BBBB', verification_uri: 'https://issuer.example/device', expires_in: 5, interval: 1 }

/** By path: what an issuer says that lies. */
let lies: Record<string, object | string | ((response: ServerResponse) => void)> = {}
let asked: string[] = []
const server = createServer((request, response) => {
  asked.push(`${request.url} ${request.headers['user-agent']}`)
  const lie = lies[request.url ?? '']
  if (typeof lie === 'function') return lie(response)
  response.setHeader('content-type', 'application/json')
  response.end(typeof lie === 'string' ? lie : JSON.stringify(lie ?? {}))
})
let address: string
beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(dir, { recursive: true })
})
afterEach(() => {
  lies = {}
  asked = []
})

const metadata = (more: object = {}): object => ({
  issuer: address,
  token_endpoint: `${address}/token`,
  device_authorization_endpoint: `${address}/device`,
  ...more,
})
function issuer(more: Record<string, (typeof lies)[string]> = {}): Promise<Issuer> {
  lies = { '/.well-known/openid-configuration': metadata(), '/device': device, '/token': good, ...more }
  return findIssuer(address, 'selvage-cli', key)
}
const refused = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'taken',
    error => (error instanceof CommandError ? [error.exit, error.message] : error),
  )
const logIn = async (more: Record<string, (typeof lies)[string]>): Promise<unknown> =>
  (await askForApproval(await issuer(more), { scope: 'openid' })).tokens()
const unreachable = [69, expect.stringContaining('cannot be reached')]

describe('an issuer that lies', () => {
  test('is asked over https, but on this machine', async () => {
    for (const odd of ['http://issuer.example', 'ftp://127.0.0.1', 'file:///etc/passwd', '://', '127.0.0.1'])
      expect(await refused(findIssuer(odd, 'selvage-cli', key))).toEqual([64, `${odd} is no address of an issuer`])
    expect(await refused(issuer())).toBe('taken')
    expect(asked).toEqual([expect.stringMatching(/ selvage on .+/)])
  })

  test.each<[string, (typeof lies)[string]]>([
    ['says nothing', ''],
    ['says no JSON', '<html>'],
    ['says another name', { issuer: 'http://127.0.0.1:1' }],
    [
      'never ends',
      response => void response.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(2 * 1024 * 1024)}"`),
    ],
    ['leads elsewhere', response => void response.writeHead(302, { location: 'https://issuer.example/' }).end()],
    ['breaks off', response => void response.destroy()],
  ])('%s: it cannot be reached', async (_, lie) => {
    expect(await refused(issuer({ '/.well-known/openid-configuration': lie }))).toEqual(unreachable)
  })

  test('has no login by device', async () => {
    const without = issuer({ '/.well-known/openid-configuration': metadata({ device_authorization_endpoint: undefined }) })
    expect(await refused(askForApproval(await without, { scope: 'openid' }))).toEqual([1, expect.stringContaining('no login by device')])
  })

  test.each<[string, (typeof lies)[string]]>([
    ['no code', { ...device, user_code: undefined }],
    ['a time that is none', { ...device, expires_in: 'long' }],
    ['no time', { ...device, expires_in: 0 }],
  ])('waits for nobody: %s', async (_, lie) => {
    expect(await refused(logIn({ '/device': lie }))).not.toBe('taken')
  })

  test('says times without end: they are cut, and can be kept', async () => {
    const kept = (await logIn({ '/device': { ...device, expires_in: 1e300 }, '/token': { ...good, expires_in: 1e300 } })) as {
      accessExpires: number
    }
    expect(Number.isSafeInteger(kept.accessExpires)).toBe(true)
    expect(kept.accessExpires).toBeLessThanOrEqual(Date.now() + 86_400_000)
    const part = await renew(await issuer({ '/token': { ...good, expires_in: 0.5 } }), 'r', undefined)
    expect(Number.isSafeInteger(part.accessExpires)).toBe(true)
  })

  test('gives a token of another kind, or none', async () => {
    expect(await refused(logIn({ '/token': {} }))).toEqual(unreachable)
    expect(await logIn({ '/token': { ...good, token_type: 'Bearer' } })).toMatchObject({ bound: false })
  })

  test('refuses: its code is told, and nothing else of what it says', async () => {
    const refusal = (error: string) => (response: ServerResponse) =>
      void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error, error_description: 'CANARY' }))
    const told: unknown[] = []
    for (const error of ['access_denied', 'invalid_grant', 'odd', `odd${'x'.repeat(1_000)}`])
      told.push(await refused(logIn({ '/token': refusal(error) })))
    expect(JSON.stringify(told)).not.toContain('CANARY')
    expect(told).toEqual([
      [1, 'whoever was asked refused the login'],
      [1, 'the login is over'],
      [1, `${address} refused: odd`],
      [1, `${address} refused: odd${'x'.repeat(97)}`],
    ])
  })
})
