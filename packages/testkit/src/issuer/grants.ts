import type { errors as Errors, GrantContext, Provider } from 'oidc-provider'
import type { Person } from './config.ts'
import type { ActClaim, IssuedToken } from './issued-token.ts'
import { accessTokenType, demoGrant, exchangeGrant } from './protocol.ts'

/** Seconds. */
export const lifetime = 600
const maxActors = 4

export interface GrantOptions {
  readonly provider: Provider
  readonly errors: typeof Errors
  readonly people: ReadonlyMap<string, Person>
  readonly audience: string
  readonly readToken: (text: unknown) => IssuedToken | undefined
}

interface Issue {
  readonly sub: string
  readonly gty: string
  readonly expiresIn: number
  readonly act?: ActClaim
}

/** Demo only: whoever names a login gets its token, bound to the key that they name, if any. */
export function registerDemoGrant(options: GrantOptions): void {
  const { provider, errors, people } = options
  const handler = async (ctx: GrantContext): Promise<void> => {
    const { login } = ctx.oidc.params
    if (typeof login !== 'string' || !people.has(login)) throw new errors.InvalidGrant('there is no such login')
    ctx.body = await issue(ctx, options, { sub: login, gty: 'demo', expiresIn: lifetime })
  }
  provider.registerGrantType(demoGrant, handler, ['login', 'jkt'])
}

/** RFC 8693: a person's token and an agent's make one token, of the person, with the agent as actor. */
export function registerExchangeGrant(options: GrantOptions): void {
  const handler = async (ctx: GrantContext): Promise<void> => {
    const { subject, actor } = readExchange(ctx, options)
    // An exchange prolongs nothing.
    const expiresIn = Math.floor(Math.min(subject.exp, actor.exp) - Date.now() / 1_000)
    if (expiresIn < 1) throw new options.errors.InvalidGrant('a token has expired')
    const act = { sub: actor.sub, roles: options.people.get(actor.sub)?.roles ?? [], ...(subject.act && { act: subject.act }) }
    const body = await issue(ctx, options, { sub: subject.sub, gty: 'token_exchange', expiresIn, act })
    ctx.body = { ...body, issued_token_type: accessTokenType }
  }
  const parameters = ['subject_token', 'subject_token_type', 'actor_token', 'actor_token_type', 'requested_token_type', 'jkt']
  options.provider.registerGrantType(exchangeGrant, handler, parameters)
}

function readExchange(ctx: GrantContext, { errors, people, readToken }: GrantOptions): { subject: IssuedToken; actor: IssuedToken } {
  const { params } = ctx.oidc
  if (params.subject_token_type !== accessTokenType || params.actor_token_type !== accessTokenType)
    throw new errors.InvalidRequest('both token types must be access tokens')
  if (params.requested_token_type !== undefined && params.requested_token_type !== accessTokenType)
    throw new errors.InvalidRequest('only access tokens are issued')
  const subject = readToken(params.subject_token)
  const actor = readToken(params.actor_token)
  if (subject === undefined || actor === undefined) throw new errors.InvalidGrant('a token is not a good one of this issuer')
  if (people.get(actor.sub)?.kind !== 'Agent' || actor.act !== undefined) throw new errors.InvalidGrant('the actor is no agent')
  if ((people.get(subject.sub)?.kind ?? 'Agent') === 'Agent') throw new errors.InvalidGrant('an agent acts for a person or a program')
  if (depth(subject.act) >= maxActors) throw new errors.InvalidGrant('too many agents in the chain')
  return { subject, actor }
}

const depth = (act: ActClaim | undefined): number => (act === undefined ? 0 : 1 + depth(act.act))

async function issue(ctx: GrantContext, options: GrantOptions, { sub, gty, expiresIn, act }: Issue): Promise<Record<string, unknown>> {
  const { provider, audience } = options
  const resourceServer = new provider.ResourceServer(audience, resourceInfo(audience))
  const jkt = keyOf(ctx, options)
  const token = new provider.AccessToken({
    accountId: sub,
    client: ctx.oidc.client,
    resourceServer,
    gty,
    expiresIn,
    ...(act && { extra: { act } }),
    ...(jkt === undefined ? {} : { jkt }),
  })
  return { access_token: await token.save(), token_type: jkt === undefined ? 'Bearer' : 'DPoP', expires_in: expiresIn }
}

/** The thumbprint of a key (RFC 7638). */
function keyOf(ctx: GrantContext, { errors }: GrantOptions): string | undefined {
  const { jkt } = ctx.oidc.params
  if (jkt === undefined || (typeof jkt === 'string' && /^[A-Za-z0-9_-]{43}$/.test(jkt))) return jkt
  throw new errors.InvalidRequest('jkt is no thumbprint of a key')
}

export const resourceInfo = (audience: string): Record<string, unknown> => ({
  scope: '',
  audience,
  accessTokenTTL: lifetime,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'ES256' } },
})
