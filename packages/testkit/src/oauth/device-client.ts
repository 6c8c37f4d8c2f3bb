import * as openid from 'openid-client'
import { type Client, createClient } from './client.ts'
import { createProofKey } from './proof-key.ts'

/** A client that logs in as the command line does: with an Ed25519 key, step by step. */
export interface DeviceClient extends Client {
  /** Of its key. */
  readonly thumbprint: string
  readonly dpop: openid.DPoPHandle
}

export async function createDeviceClient(issuer: string, id: string): Promise<DeviceClient> {
  const key = await createProofKey('Ed25519')
  const { config } = await createClient({ issuer, id })
  return { config, thumbprint: key.thumbprint, dpop: openid.getDPoPHandle(config, key.pair) }
}

type Parameters = Readonly<Record<string, string>>

export const askForCode = ({ config }: Client, parameters: Parameters = {}): Promise<openid.DeviceAuthorizationResponse> =>
  openid.initiateDeviceAuthorization(config, { scope: 'openid', ...parameters })

/** One question, without waiting. */
export const pollOnce = (
  { config, dpop }: Client,
  { device_code }: openid.DeviceAuthorizationResponse,
  parameters: Parameters = {},
): Promise<openid.TokenEndpointResponse> =>
  openid.genericGrantRequest(
    config,
    'urn:ietf:params:oauth:grant-type:device_code',
    { device_code, ...parameters },
    dpop === undefined ? undefined : { DPoP: dpop },
  )

/** The code of the error that an issuer answers; `given` where it answers none. */
export const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(() => 'given').catch(error => (error instanceof openid.ResponseBodyError ? error.error : error))

export const claimsOf = (token: string): Record<string, unknown> => JSON.parse(String(Buffer.from(token.split('.')[1]!, 'base64url')))
