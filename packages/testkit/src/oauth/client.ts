import * as openid from 'openid-client'

export interface ClientOptions {
  /** The issuer's address. */
  readonly issuer: string
  readonly id: string
  /** Of a confidential client. */
  readonly secret?: string
  /** Binds every token to this key (RFC 9449). */
  readonly key?: openid.CryptoKeyPair
}

/** A client as its issuer knows it. */
export interface Client {
  readonly config: openid.Configuration
  readonly dpop?: openid.DPoPHandle
}

/** Asks the issuer for its metadata. Issuers on loopback only: they speak plain http. */
export async function createClient({ issuer, id, secret, key }: ClientOptions): Promise<Client> {
  const { hostname } = new URL(issuer)
  if (hostname !== '127.0.0.1') throw new Error(`no issuer on loopback: ${issuer}`)
  const authentication = secret === undefined ? openid.None() : openid.ClientSecretBasic(secret)
  const config = await openid.discovery(new URL(issuer), id, undefined, authentication, {
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  })
  return key === undefined ? { config } : { config, dpop: openid.getDPoPHandle(config, key) }
}
