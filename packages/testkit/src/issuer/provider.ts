import type { RequestListener } from 'node:http'
import type { AccessToken, interactionPolicy as InteractionPolicy, PageContext } from 'oidc-provider'
import type { IssuerConfig, Person } from './config.ts'
import { createDeviceFlow, deviceParameters, holdCode, refreshLifetime, show } from './device-login.ts'
import { lifetime, registerDemoGrant, registerExchangeGrant, resourceInfo } from './grants.ts'
import { createGuesses } from './guesses.ts'
import { answerInteraction, interactionPath } from './interaction.ts'
import { readIssuedToken } from './issued-token.ts'
import { issuerKeys, publicKeyOf } from './keys.ts'
import { sorryPage } from './pages.ts'
import { createPolls, keepPace } from './polls.ts'
import { demoClient, demoGrant, deviceGrant, exchangeGrant } from './protocol.ts'
import { loadProvider } from './quiet.ts'

export interface ProviderOptions {
  readonly issuer: string
  readonly audience: string
  readonly config: IssuerConfig
  readonly stateDir: string
}

/** oidc-provider looks at this clock, too. */
const now = (): number => Date.now()

/** One OpenID provider. Its access tokens are RFC 9068, ES256, ten minutes. */
export async function createProvider(options: ProviderOptions): Promise<RequestListener> {
  const { issuer, audience, config, stateDir } = options
  const { Provider, errors, interactionPolicy } = await loadProvider()
  const keys = issuerKeys(stateDir, config.alias)
  const people = new Map(config.people.map(person => [person.login, person]))
  const guesses = createGuesses(now)
  const provider = new Provider(issuer, {
    jwks: keys.jwks,
    cookies: { keys: keys.cookies, names: cookieNames(config.alias) },
    clients: [client],
    ttl: {
      AccessToken: lifetime,
      DeviceCode: lifetime,
      Interaction: lifetime,
      Session: lifetime,
      IdToken: lifetime,
      Grant: 86_400,
      RefreshToken: refreshLifetime,
    },
    discovery: { authorization_details_types_supported: ['selvage'] },
    extraParams: deviceParameters(errors),
    issueRefreshToken: () => true,
    // A browser's session ends with the approval; the login does not.
    expiresWithSession: () => false,
    rotateRefreshToken: () => true,
    interactions: { policy: askingEachTime(interactionPolicy), url: (_: unknown, { uid }: { uid: string }) => `${interactionPath}${uid}` },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: createDeviceFlow(guesses),
      revocation: { enabled: true },
      userinfo: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: (_: unknown, resource: string) => {
          if (resource !== audience) throw new errors.InvalidTarget()
          return resourceInfo(audience)
        },
        useGrantedResource: () => true,
      },
    },
    findAccount: (_: unknown, login: string) => (people.has(login) ? { accountId: login, claims: () => ({ sub: login }) } : undefined),
    extraTokenClaims: (_: unknown, token: AccessToken) => tokenClaims(token, people),
    renderError: (ctx: PageContext) => show(ctx, ctx.status, sorryPage('There is nothing here that this request asks for.')),
  })
  provider.use(holdCode(guesses)).use(keepPace(createPolls(now)))
  const readToken = (text: unknown) => readIssuedToken(text, issuer, audience, publicKeyOf(keys))
  registerDemoGrant({ provider, errors, people, audience, readToken })
  registerExchangeGrant({ provider, errors, people, audience, readToken })
  const answer = provider.callback()
  return (request, response) => {
    if (request.url?.startsWith(interactionPath) !== true) answer(request, response)
    else void answerInteraction({ provider, people, audience }, request, response)
  }
}

/** Browsers send the cookies of one port to all of them. */
const cookieNames = (alias: string): object => ({
  session: `${alias}_session`,
  interaction: `${alias}_interaction`,
  resume: `${alias}_resume`,
})

/** Whoever was logged in here before is asked who they are all the same. */
function askingEachTime(policies: typeof InteractionPolicy): unknown {
  const policy = policies.base()
  policy
    .get('login')
    .checks.add(
      new policies.Check('each_time', 'one says who one is each time', 'login_required', ctx => ctx.oidc.result?.login === undefined),
    )
  return policy
}

const client = {
  client_id: demoClient,
  token_endpoint_auth_method: 'none',
  grant_types: [demoGrant, exchangeGrant, deviceGrant, 'refresh_token'],
  dpop_bound_access_tokens: true,
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
