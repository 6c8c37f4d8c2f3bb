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
    readonly Grant: new (grant: {
      accountId: string
      clientId: string
    }) => Grant
    readonly DeviceCode: {
      find(id: string, options: { ignoreSessionBinding: boolean }): Promise<DeviceCode | undefined>
      findByUserCode(letters: string): Promise<DeviceCode | undefined>
    }
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>
    interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
    use(middleware: Middleware): this
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    on(event: string, listener: (...values: unknown[]) => void): this
  }
  export const errors: {
    readonly InvalidGrant: new (detail: string) => Error
    readonly InvalidRequest: new (description: string) => Error
    readonly InvalidTarget: new () => Error
    readonly InvalidAuthorizationDetails: new (description: string) => Error
  }
  export interface Grant {
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }
  export interface DeviceCode {
    readonly userCode: string
    readonly deviceInfo: unknown
    readonly isExpired: boolean
    readonly error?: string
    readonly accountId?: string
    /** Somebody is at it. */
    readonly inFlight?: boolean
  }
  export interface Interaction {
    readonly uid: string
    readonly params: Readonly<Record<string, unknown>>
    readonly deviceCode?: string
  }
  export interface Session {
    readonly accountId?: string
    readonly state?: { readonly secret: string }
    /** Of one that was saved. */
    readonly exp?: number
    touched: boolean
    destroy(): Promise<void>
  }
  /** Koa's, as much as pages need. */
  interface KoaContext {
    body?: unknown
    status: number
    querystring: string
    readonly method: string
    readonly path: string
    readonly ip: string
    readonly query: Readonly<Record<string, string | readonly string[] | undefined>>
    readonly state: { userCode?: string }
    get(header: string): string
    set(headers: Readonly<Record<string, string>>): void
  }
  interface Oidc {
    readonly route: string
    readonly provider: Provider
    readonly session: Session
    readonly client?: Client
    readonly params?: Readonly<Record<string, unknown>>
  }
  export interface PageContext extends KoaContext {
    readonly oidc: Oidc
  }
  /** `oidc` is there once a route of oidc-provider was taken. */
  export type Middleware = (ctx: KoaContext & { readonly oidc?: Oidc }, next: () => Promise<void>) => Promise<void>
  export const interactionPolicy: {
    base(): { get(prompt: string): { readonly checks: { add(check: object): void } } }
    readonly Check: new (
      reason: string,
      description: string,
      error: string,
      check: (ctx: { readonly oidc: { readonly result?: { readonly login?: object } } }) => boolean,
    ) => object
  }
}
