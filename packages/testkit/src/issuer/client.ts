import { accessTokenType, demoClient, demoGrant, exchangeGrant } from './protocol.ts'

export interface DemoTokenOptions {
  /** The issuer's address. */
  readonly issuer: string
  readonly login: string
  /** The login of the person for whom `login`, an agent, acts. */
  readonly for?: string
  /** Thumbprint of the key that it is to be bound to. */
  readonly jkt?: string | undefined
}

const patience = 5_000

/** A real access token of a development issuer. Throws an Error that says what the issuer said. */
export async function fetchDemoToken(options: DemoTokenOptions): Promise<string> {
  const { issuer, login } = options
  const endpoint = await findTokenEndpoint(issuer)
  const bound: Record<string, string> = options.jkt === undefined ? {} : { jkt: options.jkt }
  if (options.for === undefined) return fetchToken(endpoint, { grant_type: demoGrant, login, ...bound })
  const own = await fetchToken(endpoint, { grant_type: demoGrant, login })
  return fetchToken(endpoint, {
    grant_type: exchangeGrant,
    subject_token: await fetchToken(endpoint, { grant_type: demoGrant, login: options.for }),
    subject_token_type: accessTokenType,
    actor_token: own,
    actor_token_type: accessTokenType,
    ...bound,
  })
}

async function findTokenEndpoint(issuer: string): Promise<string> {
  const { token_endpoint: endpoint } = await fetchObject(`${issuer}/.well-known/openid-configuration`)
  if (typeof endpoint !== 'string' || new URL(endpoint).origin !== new URL(issuer).origin)
    throw new Error('the issuer names no token endpoint')
  return endpoint
}

async function fetchToken(endpoint: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ client_id: demoClient, ...parameters })
  const { access_token: token } = await fetchObject(endpoint, { method: 'POST', body })
  if (typeof token !== 'string') throw new Error('the issuer gave no token')
  return token
}

async function fetchObject(url: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const response = await fetch(url, { ...init, redirect: 'error', signal: AbortSignal.timeout(patience) })
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  if (response.ok) return body
  const { error = `status ${response.status}`, error_description: why = '' } = body as { error?: string; error_description?: string }
  throw new Error(`the issuer refused: ${error} ${why}`)
}
