import type { AccessToken, Provider } from 'oidc-provider'
import type { IssuerConfig, Person } from './config.ts'
import { lifetime, registerDemoGrant, registerExchangeGrant, resourceInfo } from './grants.ts'
import { readIssuedToken } from './issued-token.ts'
import { issuerKeys, publicKeyOf } from './keys.ts'
import { demoClient, demoGrant, exchangeGrant } from './protocol.ts'
import { loadProvider } from './quiet.ts'

export interface ProviderOptions {
  readonly issuer: string
  readonly audience: string
  readonly config: IssuerConfig
  readonly stateDir: string
}

/** One OpenID provider. Its access tokens are RFC 9068, ES256, ten minutes. */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const { issuer, audience, config, stateDir } = options
  const { Provider, errors } = await loadProvider()
  const keys = issuerKeys(stateDir, config.alias)
  const people = new Map(config.people.map(person => [person.login, person]))
  const provider = new Provider(issuer, {
    jwks: keys.jwks,
    cookies: { keys: keys.cookies },
    clients: [client],
    ttl: { AccessToken: lifetime },
    features: {
      // Nobody types a password here: the demo grant stands for the login page.
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => resourceInfo(audience),
      },
    },
    findAccount: (_: unknown, login: string) => (people.has(login) ? { accountId: login, claims: () => ({ sub: login }) } : undefined),
    extraTokenClaims: (_: unknown, token: AccessToken) => tokenClaims(token, people),
  })
  const readToken = (text: unknown) => readIssuedToken(text, issuer, audience, publicKeyOf(keys))
  registerDemoGrant({ provider, errors, people, audience, readToken })
  registerExchangeGrant({ provider, errors, people, audience, readToken })
  return provider
}

const client = {
  client_id: demoClient,
  token_endpoint_auth_method: 'none',
  grant_types: [demoGrant, exchangeGrant],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: 'ES256',
}

/** What this gives replaces the token's own `extra`, so `act` is handed through. */
function tokenClaims(token: AccessToken, people: ReadonlyMap<string, Person>): Record<string, unknown> {
  const person = people.get(token.accountId ?? '')
  if (person === undefined) throw new Error('a token of nobody')
  // All start on a managed, encrypted device.
  return { ...person.attributes, roles: person.roles, device: { managed: true, encrypted: true }, ...token.extra }
}
