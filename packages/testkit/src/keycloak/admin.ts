import { adminClient } from './server.ts'

export interface Admin {
  /** Asks `path`, as the administrator. The body is JSON. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** The same; throws unless the answer is a good one. */
  send(path: string, init?: RequestInit): Promise<Response>
}

/** Milliseconds: less than the minute for which an administrator's token is good. */
const reuse = 30_000
const patience = 60_000

export function createAdmin(address: string, secret: string): Admin {
  let token = { text: '', until: 0 }
  async function authorization(): Promise<string> {
    if (performance.now() >= token.until) token = { text: await fetchToken(address, secret), until: performance.now() + reuse }
    return `Bearer ${token.text}`
  }
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${address}${path}`, {
      ...init,
      headers: { 'content-type': 'application/json', authorization: await authorization() },
      signal: AbortSignal.timeout(patience),
    })
  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const answer = await ask(path, init)
    if (!answer.ok) throw new Error(`Keycloak refused ${init.method ?? 'GET'} ${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  return { fetch: ask, send }
}

async function fetchToken(address: string, secret: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: adminClient, client_secret: secret })
  const answer = await fetch(`${address}/realms/master/protocol/openid-connect/token`, { method: 'POST', body })
  const { access_token: token } = (await answer.json()) as { access_token?: unknown }
  if (typeof token !== 'string') throw new Error(`Keycloak gave its administrator no token: ${answer.status}`)
  return token
}
