import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { browse } from './browser.ts'

interface Page {
  readonly status?: number
  readonly text?: string
  readonly headers?: Record<string, string>
}
const login = { username: 'rep', password: 'p w' }
const form =
  '<form action="/in" method="post"><input type="hidden" name="s" value="1"><input name="username"><input type="password" name="password"></form>'
let server: Server

async function serve(answer: (path: string, body: string, request: IncomingMessage) => Page): Promise<URL> {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', chunk => (body += String(chunk)))
    request.on('end', () => {
      const { status = 200, text = '', headers = {} } = answer(request.url ?? '', body, request)
      response.writeHead(status, headers).end(text)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/start`)
}
afterEach(() => server.close().closeAllConnections())

const redirect = (location: string, more: Record<string, string> = {}): Page => ({ status: 302, headers: { location, ...more } })

it('logs in, keeps cookies, and stops where it is led back', async () => {
  const seen: string[] = []
  const start = await serve((path, body, { headers }) => {
    seen.push(`${path} ${headers.cookie ?? ''} ${body}`)
    if (path === '/start') return redirect('/page', { 'set-cookie': 'a=1; Path=/; HttpOnly' })
    return path === '/page' ? { text: form } : redirect('http://127.0.0.1/callback?code=c')
  })
  expect((await browse(start, login, 'http://127.0.0.1/callback')).href).toBe('http://127.0.0.1/callback?code=c')
  expect(seen).toEqual(['/start  ', '/page a=1 ', '/in a=1 s=1&username=rep&password=p+w'])
})

it('ends on a page that asks nothing, unless it was to be led back', async () => {
  const start = await serve(path => (path === '/start' ? { text: form } : { text: 'welcome' }))
  expect((await browse(start, login)).pathname).toBe('/in')
  await expect(browse(start, login, 'http://127.0.0.1/callback')).rejects.toThrow('does not lead back')
})

it.each([
  ['a login that is refused', () => ({ text: form }), 'asks the same again'],
  ['another server', () => redirect('http://127.0.0.2:1/'), 'leads elsewhere'],
  ['a circle', () => redirect('/start'), 'asks on and on'],
  ['a failure', () => ({ status: 500 }), 'status 500'],
])('gives up at %s', async (_, answer: () => Page, why) => {
  await expect(browse(await serve(answer), login, 'http://127.0.0.1/callback')).rejects.toThrow(why)
})
