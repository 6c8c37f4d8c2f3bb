import type { Login } from '../oauth/browser.ts'
import { type Client, createClient } from '../oauth/client.ts'
import { loginByCode } from '../oauth/flows.ts'
import type { ProofKey } from '../oauth/proof-key.ts'
import type { Secrets } from './realm.ts'

export interface TokenOptions {
  readonly key?: ProofKey
  /** `openid` unless given; `openid for-copilot` makes a token that the agent may exchange. */
  readonly scope?: string
}

/** Who may log in, and by which client. */
export interface Logins {
  person(login: string): Login
  /** A client of the realm. With a key, every token that it gets is bound to the key. */
  client(id: string, key?: ProofKey): Promise<Client>
  /** The access token of a person who logged in with a browser; bound to the key where one is given. */
  tokenFor(login: string, options?: TokenOptions): Promise<string>
}

/** Clients that keep no secret. */
const publicClients: readonly string[] = ['selvage-cli', 'selvage-cli-dpop']

export function createLogins(issuer: string, secrets: Secrets): Logins {
  const person = (login: string): Login => ({ username: login, password: secrets.person })
  const client = (id: string, key?: ProofKey): Promise<Client> =>
    createClient({ issuer, id, ...(key && { key: key.pair }), ...(!publicClients.includes(id) && { secret: secrets.client }) })
  async function tokenFor(login: string, { key, scope }: TokenOptions = {}): Promise<string> {
    const cli = await client(key === undefined ? 'selvage-cli' : 'selvage-cli-dpop', key)
    return (await loginByCode(cli, person(login), scope)).access
  }
  return { person, client, tokenFor }
}
