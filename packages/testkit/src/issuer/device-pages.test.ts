import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { askForCode, createDeviceClient, type DeviceClient, errorOf, pollOnce } from '../oauth/device-client.ts'
import { renew } from '../oauth/flows.ts'
import { type Form, findForm } from '../oauth/form.ts'
import { demoClient } from './protocol.ts'
import { type RunningIssuer, startIssuer } from './server.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-device-pages-'))
const people = ['ana', 'ben'].map(login => ({ login, kind: 'User' as const, roles: [], attributes: {} }))
let issuer: RunningIssuer
let who: DeviceClient

beforeAll(async () => {
  issuer = await startIssuer('example', dir, { alias: 'workforce', port: 0, people })
  who = await createDeviceClient(issuer.url, demoClient)
}, 30_000)
afterAll(() => {
  issuer.close()
  rmSync(dir, { recursive: true })
})

interface Page {
  readonly status: number
  readonly html: string
  readonly headers: Headers
  readonly cookie: string
  readonly form: Form | undefined
}

const maxHops = 4

/** With the cookies of the page before, and those that came on the way. */
async function open(at: string | URL, init: RequestInit = {}, before = '', hops = 0): Promise<Page> {
  const answer = await fetch(at, { ...init, redirect: 'manual', headers: { cookie: before, ...init.headers } })
  const pairs = [...before.split('; '), ...answer.headers.getSetCookie().map(text => text.split(';')[0]!)].map(pair => pair.split('='))
  const cookie = [...new Map(pairs.map(([name = '', value = '']) => [name, value]))].map(([name, value]) => `${name}=${value}`).join('; ')
  const next = answer.headers.get('location')
  if (next !== null && hops < maxHops) return open(new URL(next, at), {}, cookie, hops + 1)
  const html = await answer.text()
  return { status: answer.status, html, headers: answer.headers, cookie, form: findForm(html, new URL(at)) }
}
const send = (
  { form, cookie }: Page,
  more: Record<string, string> = {},
  headers: Record<string, string> = {},
  jar = cookie,
): Promise<Page> => open(form!.action, { method: 'POST', body: new URLSearchParams({ ...form!.given, ...more }), headers }, jar)

const confirming = async (parameters = {}): Promise<Page> => open((await askForCode(who, parameters)).verification_uri_complete ?? '')
const choosing = async (device: openid.DeviceAuthorizationResponse): Promise<Page> =>
  send(await open(device.verification_uri_complete ?? ''))

describe('the pages of a login', () => {
  it('show who asks and for what, on both, before anybody approves', async () => {
    const details = JSON.stringify([{ type: 'selvage', purpose: 'analytics' }])
    const device = await askForCode(who, { authorization_details: details })
    const first = await open(device.verification_uri_complete ?? '')
    for (const { html, status } of [first, await send(first)]) {
      expect(status).toBe(200)
      for (const text of [device.user_code, '127.0.0.1', demoClient, 'analytics', 'development issuer']) expect(html).toContain(text)
    }
    expect(await errorOf(pollOnce(who, device))).toBe('authorization_pending')
    expect((await confirming()).html).toContain('no purpose named yet')
  })

  it('have no script, nothing from elsewhere, and no frame around them', async () => {
    const device = await askForCode(who)
    const confirm = await open(device.verification_uri_complete ?? '')
    const choose = await send(confirm)
    const pages = [
      await open(device.verification_uri),
      confirm,
      choose,
      await send(choose, { username: 'ana' }),
      await open(`${issuer.url}/auth`),
    ]
    for (const { html, headers } of pages) {
      expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/)
      expect(html).not.toMatch(/<script|\son[a-z]+=|https?:\/\//)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      )
      expect(headers.get('cache-control')).toContain('no-store')
      // A form of a page without one would come from the origin `null`, which is refused.
      expect(headers.get('referrer-policy')).toBe('same-origin')
    }
    expect(pages[3]?.html).toContain('logged in as ana')
  })

  it('take nothing that is told for markup', async () => {
    const software = '</dd><script>alert(1)</script> & "\'\u00ad'
    const config = await openid.discovery(new URL(issuer.url), demoClient, undefined, openid.None(), {
      execute: [openid.allowInsecureRequests],
      [openid.customFetch]: (url, { headers, ...options }) =>
        fetch(url, { ...options, headers: { ...headers, 'user-agent': software } } as RequestInit),
    })
    const device = await askForCode({ config })
    const { html } = await open(device.verification_uri_complete ?? '')
    expect(html).toContain('&lt;/dd&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&#39;\ufffd')
    expect(html).not.toContain('<script')
    const typed = await open(`${issuer.url}/device?user_code=${encodeURIComponent('"><script>')}`)
    expect([typed.status, typed.html]).toEqual([400, expect.not.stringContaining('<script')])
  })

  it('know no purpose that is none', async () => {
    for (const details of ['analytics', '[]', '[{"type":"selvage","purpose":"<b>x</b>"}]', '[{"type":"other","purpose":"analytics"}]'])
      expect(await errorOf(askForCode(who, { authorization_details: details }))).toBe('invalid_authorization_details')
  })

  it('say that a code is none', async () => {
    const page = await open(`${issuer.url}/device`)
    const wrong = await send(page, { user_code: 'BBBB-BBBB' })
    expect([wrong.status, wrong.html]).toEqual([400, expect.stringContaining('No device waits with this code')])
    expect((await send(page, { user_code: '' })).status).toBe(400)
    const two = await open(`${issuer.url}/device?user_code=BBBB-BBBB&user_code=CCCC-CCCC`)
    expect([two.status, two.html]).toEqual([200, expect.stringContaining('The code that your device shows')])
  })

  it('say that one is used, while somebody is at it and after', async () => {
    const device = await askForCode(who)
    const choose = await choosing(device)
    expect((await open(device.verification_uri_complete ?? '')).status).toBe(400)
    await send(choose, { username: 'ana' })
    expect((await open(device.verification_uri_complete ?? '')).html).toContain('No device waits')
    expect([(await send(choose, { username: 'ben' })).status, await errorOf(pollOnce(who, device))]).toEqual([400, 'given'])
  })
})

it('asks anew who somebody is, and leaves to others in the same browser what they have', async () => {
  const [one, two] = [await askForCode(who), await askForCode(who)]
  const first = await send(await send(await open(one.verification_uri_complete ?? '')), { username: 'ana' })
  expect(first.html).toContain('logged in as ana')
  const choose = await send(await open(two.verification_uri_complete ?? '', {}, first.cookie))
  expect(choose.html).toContain('Choose who you are')
  expect((await send(choose, { username: 'ben' })).html).toContain('logged in as ben')
  const [ana, ben] = [await pollOnce(who, one), await pollOnce(who, two)]
  for (const { refresh_token: refresh = '' } of [ana, ben]) expect(await errorOf(renew(who, refresh))).toBe('given')
})

describe('another page', () => {
  const pending = async (device: openid.DeviceAuthorizationResponse): Promise<void> =>
    expect(await errorOf(pollOnce(who, device))).toMatch(/authorization_pending|slow_down/)

  it('cannot confirm: not without the cookie, the secret, the origin', async () => {
    const device = await askForCode(who)
    const page = await open(device.verification_uri_complete ?? '')
    const other = await confirming()
    const sorry = await send(page, {}, {}, '')
    expect([sorry.status, sorry.html]).toEqual([400, expect.stringContaining('out of date')])
    expect((await send(page, { xsrf: 'x'.repeat(48) })).status).toBe(400)
    expect((await send(page, {}, {}, other.cookie)).status).toBe(400)
    expect((await send(page, {}, { origin: 'http://127.0.0.1:1' })).status).toBe(403)
    expect((await send(page, {}, { origin: 'null' })).status).toBe(403)
    await pending(device)
  })

  it('cannot approve or refuse: not without the cookie, nor from another origin', async () => {
    const device = await askForCode(who)
    const page = await choosing(device)
    const other = await choosing(await askForCode(who))
    for (const answer of ['approve', 'refuse']) {
      const body = { username: 'ana', answer }
      expect((await send(page, body, {}, '')).status).toBe(400)
      expect((await send(page, body, {}, other.cookie)).status).toBe(400)
      expect((await send(page, body, { origin: 'http://evil.example' })).status).toBe(403)
    }
    expect(
      (
        await open(`${issuer.url}/interaction/nothing`, {
          method: 'POST',
          body: new URLSearchParams({ username: 'ana', answer: 'approve' }),
        })
      ).status,
    ).toBe(400)
    await pending(device)
    expect((await send(page, { username: 'a'.repeat(5_000) })).status).toBe(400)
    await pending(device)
    expect((await send(page, { username: 'ana' }, { origin: issuer.url })).html).toContain('logged in as ana')
  })

  it('is refused on the last page too', async () => {
    const device = await askForCode(who)
    const page = await choosing(device)
    expect((await send(page, { answer: 'refuse' })).html).toContain('Refused')
    expect(await errorOf(pollOnce(who, device))).toBe('access_denied')
  })
})

// The last: for a minute, no code is taken after it.
it('takes no code at all after thirty guesses', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const device = await askForCode(who)
  const statuses: number[] = []
  let page = await open(`${issuer.url}/device`)
  for (const letter of 'BCDFGHJKLMNPQRSTVWXZ') {
    const typed = await send(page, { user_code: `BBBB-BBB${letter}` })
    statuses.push(typed.status)
    if (typed.form !== undefined) page = typed
    statuses.push((await open(`${issuer.url}/device?user_code=CCCC-CCC${letter}`)).status)
  }
  expect(statuses.at(0)).toBe(400)
  expect(statuses.at(-1)).toBe(429)
  expect((await open(device.verification_uri_complete ?? '')).status).toBe(429)
  expect((await send(page, { user_code: device.user_code })).status).toBe(429)
  expect((await open(`${issuer.url}/device`)).status).toBe(429)
})
