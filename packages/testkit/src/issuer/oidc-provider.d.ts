/** The part of oidc-provider 9 (which ships no types) that the development issuers use. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Client {
    readonly clientId: string
  }
  export interface ResourceServer {
    readonly audience?: string
  }
  export interface TokenInput {
    readonly accountId: string
    readonly client: Client
    readonly resourceServer: ResourceServer
    readonly gty: string
    readonly expiresIn: number
    readonly extra?: Readonly<Record<string, unknown>>
    /** RFC 9449: the key that it is bound to. */
    readonly jkt?: string
  }
  export interface AccessToken {
    readonly accountId?: string
    readonly extra?: Readonly<Record<string, unknown>>
    readonly expiration: number
    save(): Promise<string>
  }
  export interface GrantContext {
    body?: unknown
    readonly oidc: { readonly client: Client; readonly params: Readonly<Record<string, unknown>> }
  }
  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>)
    readonly AccessToken: new (
      input: TokenInput,
    ) => AccessToken
    readonly ResourceServer: new (
      identifier: string,
      info: Readonly<Record<string, unknown>>,
    ) => ResourceServer
    registerGrantType(
      name: string,
      handler: (ctx: GrantContext) => Promise<void>,
      parameters: readonly string[],
      repeatable?: readonly string[],
    ): void
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    on(event: string, listener: (...values: unknown[]) => void): this
  }
  export const errors: {
    readonly InvalidGrant: new (detail: string) => Error
    readonly InvalidRequest: new (description: string) => Error
  }
}
