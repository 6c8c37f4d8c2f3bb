import * as openid from 'openid-client'
import { browse, type Login } from './browser.ts'
import type { Client } from './client.ts'

export interface Tokens {
  readonly access: string
  /** `bearer` or `dpop`. */
  readonly type: string
  readonly refresh?: string
  readonly id?: string
}

const redirectUri = 'http://127.0.0.1/callback'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** Authorization code with PKCE: a person logs in in a browser. */
export async function loginByCode(client: Client, login: Login, scope = 'openid'): Promise<Tokens> {
  const verifier = openid.randomPKCECodeVerifier()
  const [state, nonce] = [openid.randomState(), openid.randomNonce()]
  const start = openid.buildAuthorizationUrl(client.config, {
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    ...(await challenge(verifier)),
  })
  const back = await browse(start, login, redirectUri)
  const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce }
  return tokensOf(await openid.authorizationCodeGrant(client.config, back, checks, undefined, proof(client)))
}

/** Device flow (RFC 8628): a person agrees in a browser, elsewhere. A client that must use PKCE must here too. */
export async function loginByDevice(client: Client, login: Login, scope = 'openid'): Promise<Tokens> {
  const verifier = openid.randomPKCECodeVerifier()
  const device = await openid.initiateDeviceAuthorization(client.config, { scope, ...(await challenge(verifier)) })
  await browse(new URL(device.verification_uri_complete ?? device.verification_uri), login)
  return tokensOf(await openid.pollDeviceAuthorizationGrant(client.config, device, { code_verifier: verifier }, proof(client)))
}

/** Client credentials: a program, for itself. */
export const loginAsProgram = async (client: Client, scope?: string): Promise<Tokens> =>
  tokensOf(await openid.clientCredentialsGrant(client.config, scope === undefined ? {} : { scope }, proof(client)))

export interface Exchange {
  readonly subject: string
  /** Any text: some issuers look at it, some do not. */
  readonly actor?: string
  readonly audience?: string
}

/** Token exchange (RFC 8693): `client` asks for a token of its own about the subject of another. */
export async function exchange(client: Client, { subject, actor, audience }: Exchange): Promise<Tokens> {
  const parameters = {
    subject_token: subject,
    subject_token_type: accessTokenType,
    requested_token_type: accessTokenType,
    ...(actor !== undefined && { actor_token: actor, actor_token_type: accessTokenType }),
    ...(audience !== undefined && { audience }),
  }
  return tokensOf(await openid.genericGrantRequest(client.config, exchangeGrant, parameters, proof(client)))
}

export const renew = async (client: Client, refresh: string): Promise<Tokens> =>
  tokensOf(await openid.refreshTokenGrant(client.config, refresh, undefined, proof(client)))

const challenge = async (verifier: string): Promise<Record<string, string>> => ({
  code_challenge: await openid.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})

const proof = ({ dpop }: Client): openid.DPoPOptions | undefined => (dpop === undefined ? undefined : { DPoP: dpop })

const tokensOf = (answer: openid.TokenEndpointResponse): Tokens => ({
  access: answer.access_token,
  type: answer.token_type,
  ...(answer.refresh_token !== undefined && { refresh: answer.refresh_token }),
  ...(answer.id_token !== undefined && { id: answer.id_token }),
})
