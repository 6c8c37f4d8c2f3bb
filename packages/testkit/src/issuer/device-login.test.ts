import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { approveDevice } from '../oauth/approve-device.ts'
import { askForCode, claimsOf, createDeviceClient, type DeviceClient, errorOf, pollOnce } from '../oauth/device-client.ts'
import { renew } from '../oauth/flows.ts'
import { demoClient } from './protocol.ts'
import { type RunningIssuer, startIssuer } from './server.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-device-login-'))
const audience = 'selvage:example'
const person = (login: string, kind: 'User' | 'Agent' = 'User') => ({ login, kind, roles: ['analyst'], attributes: { employee_id: 3 } })
const minute = 60_000
const hour = 60 * minute
let issuer: RunningIssuer

beforeAll(async () => {
  issuer = await startIssuer('example', dir, {
    alias: 'workforce',
    port: 0,
    people: [person('ana'), person('ben'), person('bot', 'Agent')],
  })
}, 30_000)
afterAll(() => {
  issuer.close()
  rmSync(dir, { recursive: true })
})

const client = (): Promise<DeviceClient> => createDeviceClient(issuer.url, demoClient)
const withoutProof = ({ config }: DeviceClient) => ({ config })
type Device = openid.DeviceAuthorizationResponse
const approve = ({ verification_uri_complete: uri = '' }: Device, login = 'ana', refuse = false): Promise<void> =>
  approveDevice({ verificationUri: uri, login, refuse })

/** While it works, the clock stands still at this time from now, in milliseconds. */
const at = async <T>(later: number, work: () => Promise<T>): Promise<T> => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + later })
  try {
    return await work()
  } finally {
    vi.useRealTimers()
  }
}

async function logIn(who: DeviceClient, login = 'ana'): Promise<openid.TokenEndpointResponse> {
  const device = await askForCode(who)
  await approve(device, login)
  return pollOnce(who, device)
}

describe('a login by device', () => {
  it('gives a token as the demo’s is, bound to the Ed25519 key that asked', async () => {
    const who = await client()
    const device = await askForCode(who, { resource: audience })
    expect(device).toMatchObject({
      verification_uri: `${issuer.url}/device`,
      user_code: expect.stringMatching(/^[B-Z]{4}-[B-Z]{4}$/),
      interval: 1,
    })
    expect(device.expires_in).toBe(600)
    await approve(device)
    const tokens = await pollOnce(who, device, { resource: audience })
    expect(tokens).toMatchObject({ token_type: 'dpop', expires_in: 600, refresh_token: expect.any(String) })
    const { iat = 0, ...claims } = claimsOf(tokens.access_token)
    expect(claims).toEqual({
      iss: issuer.url,
      sub: 'ana',
      aud: audience,
      client_id: demoClient,
      exp: Number(iat) + 600,
      jti: expect.any(String),
      roles: ['analyst'],
      employee_id: 3,
      device: { managed: true, encrypted: true },
      cnf: { jkt: who.thumbprint },
    })
    expect(JSON.parse(String(Buffer.from(tokens.access_token.split('.')[0]!, 'base64url')))).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
  })

  it('is for the only audience where none is named, and for no other', async () => {
    const who = await client()
    expect(claimsOf((await logIn(who)).access_token).aud).toBe(audience)
    expect(await errorOf(askForCode(who, { resource: 'selvage:other' }))).toBe('invalid_target')
    const device = await askForCode(who)
    await approve(device)
    expect(await errorOf(pollOnce(who, device, { resource: 'selvage:other' }))).toBe('invalid_target')
  })

  it('may ask for no scope, and for one that lasts', async () => {
    const who = await client()
    for (const scope of ['', 'openid offline_access', 'openid everything']) {
      const device = await openid.initiateDeviceAuthorization(who.config, scope === '' ? {} : { scope })
      await approve(device)
      expect([scope, claimsOf((await pollOnce(who, device)).access_token).sub]).toEqual([scope, 'ana'])
    }
  })

  it('is none without a proof', async () => {
    const who = await client()
    const device = await askForCode(who)
    await approve(device)
    expect(await errorOf(pollOnce(withoutProof(who), device))).toBe('invalid_grant')
    expect(await errorOf(pollOnce(who, device))).toBe('given')
  })

  it('waits, and is told to slow down where it asks too soon', async () => {
    const who = await client()
    const device = await askForCode(who)
    await at(0, async () => {
      expect(await errorOf(pollOnce(who, device))).toBe('authorization_pending')
      expect(await errorOf(pollOnce(who, device))).toBe('slow_down')
    })
    await approve(device)
    expect(await errorOf(pollOnce(who, device))).toBe('given')
  })

  it('is told that it was refused, on either page', async () => {
    const who = await client()
    const device = await askForCode(who)
    await approve(device, 'ana', true)
    expect(await errorOf(pollOnce(who, device))).toBe('access_denied')
    await expect(approve(device)).rejects.toThrow('status 400')
  })

  it('gives its tokens once: a code that is replayed ends the login', async () => {
    const who = await client()
    const device = await askForCode(who)
    await approve(device)
    const { refresh_token: refresh = '' } = await pollOnce(who, device)
    expect(await errorOf(pollOnce(who, device))).toBe('invalid_grant')
    expect(await errorOf(renew(who, refresh))).toBe('invalid_grant')
  })

  it('is approved by somebody who types the code, however they write it', async () => {
    const who = await client()
    const device = await askForCode(who)
    const typed = device.user_code.toLowerCase().replace('-', ' ')
    await approveDevice({ verificationUri: device.verification_uri, userCode: typed, login: 'ben' })
    expect(claimsOf((await pollOnce(who, device)).access_token).sub).toBe('ben')
  })

  it('is nobody’s who is no person of the list', async () => {
    const device = await askForCode(await client())
    await expect(approve(device, 'bot')).rejects.toThrow('status 400')
    for (const login of ['nobody', '__proto__', ''])
      await expect(approve(await askForCode(await client()), login)).rejects.toThrow('status 400')
  })
})

describe('a login that is renewed', () => {
  it('is so with its own key alone, once with each token', async () => {
    const who = await client()
    const { refresh_token: first = '' } = await logIn(who)
    expect(await errorOf(renew(await client(), first))).toBe('invalid_grant')
    expect(await errorOf(renew(withoutProof(who), first))).toBe('invalid_grant')
    const { access, refresh: second = '' } = await renew(who, first)
    expect(claimsOf(access)).toMatchObject({ sub: 'ana', aud: audience, cnf: { jkt: who.thumbprint } })
    expect(second).not.toBe(first)
    // Whoever used one twice may have stolen it: all of them end.
    expect(await errorOf(renew(who, first))).toBe('invalid_grant')
    expect(await errorOf(renew(who, second))).toBe('invalid_grant')
  })

  it('ends where it is revoked, by the newest token', async () => {
    const who = await client()
    const { refresh_token: first = '' } = await logIn(who)
    const { refresh: second = '' } = await renew(who, first)
    await openid.tokenRevocation(who.config, second)
    await openid.tokenRevocation(who.config, 'no token')
    expect(await errorOf(renew(who, second))).toBe('invalid_grant')
  })

  it('is apart from others, of the same person and of others', async () => {
    const [one, two, three] = [await client(), await client(), await client()]
    const [first, second, other] = [await logIn(one), await logIn(two), await logIn(three, 'ben')]
    await openid.tokenRevocation(one.config, first.refresh_token ?? '')
    expect(claimsOf((await renew(two, second.refresh_token ?? '')).access).sub).toBe('ana')
    expect(claimsOf((await renew(three, other.refresh_token ?? '')).access).sub).toBe('ben')
  })
})

describe('time', () => {
  it('ends a code after ten minutes, for both who ask', async () => {
    const who = await client()
    const device = await askForCode(who)
    await at(9 * minute, async () => expect(await errorOf(pollOnce(who, device))).toBe('authorization_pending'))
    await at(11 * minute, async () => {
      expect(await errorOf(pollOnce(who, device))).toBe('expired_token')
      await expect(approve(device)).rejects.toThrow('status 400')
    })
  })

  it('ends a login twelve hours after it began, however often it is renewed', async () => {
    const who = await client()
    const { refresh_token: first = '' } = await logIn(who)
    const { refresh: second = '' } = await at(11 * hour, () => renew(who, first))
    await at(11.9 * hour, async () => {
      const { refresh = '' } = await renew(who, second)
      await at(0.2 * hour, async () => expect(await errorOf(renew(who, refresh))).toBe('invalid_grant'))
    })
  })
})
