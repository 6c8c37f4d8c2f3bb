import { hostname } from 'node:os'
import * as openid from 'openid-client'
import { CommandError } from '../exit.ts'
import type { ProofKey } from '../proof-key.ts'
import type { Login } from './kept.ts'

/** An issuer, and what it knows this command line as. */
export interface Issuer {
  readonly config: openid.Configuration
  readonly dpop: openid.DPoPHandle
}

type Tokens = Pick<Login, 'access' | 'accessExpires' | 'refresh' | 'bound'>

/** Seconds in which an issuer answers. */
const patience = 10
/** Seconds, whatever an issuer says. */
const longestWait = 3_600
const longestToken = 86_400
const loopback = ['127.0.0.1', '[::1]', 'localhost']

/** Asks an issuer for its metadata. */
export async function findIssuer(address: string, client: string, key: ProofKey): Promise<Issuer> {
  const url = addressOf(address)
  const execute = url.protocol === 'http:' ? [openid.allowInsecureRequests] : []
  const config = await told(
    address,
    openid.discovery(url, client, undefined, openid.None(), { execute, timeout: patience, [openid.customFetch]: fetchAsUs }),
  )
  return { config, dpop: openid.getDPoPHandle(config, await key.pair(), { [openid.modifyAssertion]: nameAlgorithm(config) }) }
}

/** RFC 9864 calls Ed25519 by its own name, which not every issuer knows yet: one that takes the old name is given that. */
const nameAlgorithm = (config: openid.Configuration): openid.ModifyAssertionFunction => {
  const { dpop_signing_alg_values_supported: taken } = config.serverMetadata()
  return header => {
    if (taken?.includes('EdDSA') === true) header.alg = 'EdDSA'
  }
}

const maxAnswer = 1024 * 1024
const maxCode = 100

/** Whoever approves a login reads the name, beside what the issuer itself sees. attacker-controlled: the answer, whose length is bounded. */
const fetchAsUs: openid.CustomFetch = async (url, { headers, ...options }) => {
  const answer = await fetch(url, { ...options, headers: { ...headers, 'user-agent': `selvage on ${hostname()}` } } as RequestInit)
  return new Response(answer.body?.pipeThrough(bounded()), answer)
}

function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let length = 0
  return new TransformStream({
    transform(part, stream) {
      length += part.length
      if (length > maxAnswer) stream.error(new RangeError('an answer that is too long'))
      else stream.enqueue(part)
    },
  })
}

/** Over https, but on this machine. */
function addressOf(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback.includes(url.hostname))) return url
  throw new CommandError('usage', `${address} is no address of an issuer`, { help: 'Name an issuer of the mesh, or its https address.' })
}

export interface Wanted {
  readonly scope: string
  readonly resource?: string | undefined
  /** Shown to whoever approves, where the issuer takes it (RFC 9396). */
  readonly purpose?: string | undefined
}

export interface Pending {
  readonly address: string
  readonly code: string
  /** Resolves when somebody approved. */
  readonly tokens: () => Promise<Tokens>
}

/** The device authorization grant (RFC 8628), with PKCE (RFC 7636) for issuers that want it here too. */
export async function askForApproval({ config, dpop }: Issuer, { scope, resource, purpose }: Wanted): Promise<Pending> {
  const verifier = openid.randomPKCECodeVerifier()
  const named = resource === undefined ? {} : { resource }
  const issuer = config.serverMetadata().issuer
  if (config.serverMetadata().device_authorization_endpoint === undefined)
    throw new CommandError('refused', `${issuer} has no login by device (RFC 8628)`, {
      help: 'Have its device authorization grant switched on.',
    })
  const asked = openid.initiateDeviceAuthorization(config, {
    scope,
    ...named,
    ...(purpose !== undefined && takesPurpose(config) && { authorization_details: JSON.stringify([{ type: 'selvage', purpose }]) }),
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const device = await told(issuer, asked)
  const poll = (): Promise<openid.TokenEndpointResponse> =>
    openid.pollDeviceAuthorizationGrant(
      config,
      device,
      { code_verifier: verifier, ...named },
      {
        DPoP: dpop,
        signal: AbortSignal.timeout(Math.min(device.expires_in, longestWait) * 1_000),
      },
    )
  return {
    address: device.verification_uri_complete ?? device.verification_uri,
    code: device.user_code,
    tokens: async () => tokensOf(await told(issuer, poll())),
  }
}

const takesPurpose = (config: openid.Configuration): boolean => {
  const { authorization_details_types_supported: types } = config.serverMetadata()
  return Array.isArray(types) && types.includes('selvage')
}

/** Throws a `refused` where the login is over. */
export async function renew({ config, dpop }: Issuer, refresh: string, resource: string | undefined): Promise<Tokens> {
  const named = resource === undefined ? {} : { resource }
  const tokens = tokensOf(await told(config.serverMetadata().issuer, openid.refreshTokenGrant(config, refresh, named, { DPoP: dpop })))
  return { refresh, ...tokens }
}

/** RFC 7009. False where the issuer has no such thing. */
export async function revoke({ config }: Issuer, refresh: string): Promise<boolean> {
  const { issuer, revocation_endpoint: endpoint } = config.serverMetadata()
  if (endpoint === undefined) return false
  await told(issuer, openid.tokenRevocation(config, refresh, { token_type_hint: 'refresh_token' }))
  return true
}

const tokensOf = (answer: openid.TokenEndpointResponse): Tokens => ({
  access: answer.access_token,
  accessExpires: Date.now() + Math.floor(Math.min(answer.expires_in ?? 60, longestToken) * 1_000),
  bound: answer.token_type.toLowerCase() === 'dpop',
  ...(answer.refresh_token !== undefined && { refresh: answer.refresh_token }),
})

const reasons: Readonly<Record<string, string>> = {
  invalid_authorization_details: 'the issuer shows no such purpose: a purpose is a name such as analytics',
  access_denied: 'whoever was asked refused the login',
  expired_token: 'nobody approved the login in time',
  invalid_grant: 'the login is over',
}

/** attacker-controlled: what an issuer says of an error; its code is told, no more. */
async function told<T>(issuer: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const code = error instanceof openid.ResponseBodyError ? error.error.slice(0, maxCode) : undefined
    const late = error instanceof Error && error.name === 'TimeoutError'
    const reason = code === undefined ? (late ? reasons.expired_token : undefined) : reasons[code]
    if (reason !== undefined) throw new CommandError('refused', reason, { help: 'Log in with `selvage login`.' })
    if (code !== undefined)
      throw new CommandError('refused', `${issuer} refused: ${code}`, { help: 'See how it has this client registered.' })
    throw new CommandError('unavailable', `the issuer ${issuer} cannot be reached`, { help: 'Is it up, and its address right?' })
  }
}
