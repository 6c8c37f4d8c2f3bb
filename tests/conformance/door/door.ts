import { connect } from 'node:net'
import { fetchDemoToken } from '@selvage/testkit/issuer-client'
import type { DevMesh } from '../../dev-mesh.ts'
import { checkHeaders, OpenApi } from './openapi.ts'

export interface Told {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body, where it is one JSON document. */
  readonly body: Body
}

/** Every field that some answer has; a test names those that it expects. */
export interface Body {
  readonly statement: string
  readonly columns: readonly { name: string; type: string; protection: { kind: string; rule?: string; reason?: string } }[]
  readonly rows: readonly (readonly unknown[])[]
  readonly receipt: { origin: string; index: number; leaf: string }
  readonly code: string
  readonly detail: string
  readonly help: string
  readonly ref: string
  readonly accesses: readonly {
    index: number
    subject: string
    agents: string[]
    purpose: string
    table: string
    columns: string[]
    rules: string[]
  }[]
  readonly truncated: boolean
  readonly sights: readonly {
    login: string
    purpose: string
    table: string
    rows: { visible: string; condition?: string; rules: string[] }
    columns: { name: string; protection: string; rules: string[] }[]
  }[]
  readonly directory: { logins: number; elsewhere: number; digest: string }
  readonly products: readonly { id: string; tables: { id: string; columns: { name: string }[] }[] }[]
  readonly tables: readonly { table: string; columns: { name: string }[] }[]
}

export interface Call {
  readonly method?: string
  readonly body?: string | object
  readonly headers?: Readonly<Record<string, string>>
}

/** One gate's door as a client sees it. Every response is validated against the served OpenAPI document. */
export class Door {
  readonly url: string
  readonly #issuers: Readonly<Record<string, string>>
  readonly #openApi: OpenApi
  readonly #tokens = new Map<string, Promise<string>>()

  private constructor(url: string, issuers: Readonly<Record<string, string>>, openApi: OpenApi) {
    this.url = url
    this.#issuers = issuers
    this.#openApi = openApi
  }

  static async of({ dev }: DevMesh, domain: string): Promise<Door> {
    const url = dev.gates[domain]!.http
    return new Door(url, dev.issuers, await OpenApi.of(url))
  }

  /** A gate that is no part of a `selvage dev`: its tokens are the test's own. */
  static async at(url: string): Promise<Door> {
    return new Door(url, {}, await OpenApi.of(url))
  }

  /** `login@issuer`, or `agent for login@issuer`. */
  token(as: string): Promise<string> {
    const [who, issuer = ''] = as.split('@') as [string, string?]
    const [login, forLogin] = who.split(' for ') as [string, string?]
    const options = { issuer: this.#issuers[issuer]!, login, ...(forLogin === undefined ? {} : { for: forLogin }) }
    const token = this.#tokens.get(as) ?? fetchDemoToken(options)
    this.#tokens.set(as, token)
    return token
  }

  async call(path: string, { method = 'POST', body, headers = {} }: Call = {}): Promise<Told> {
    const json: Record<string, string> = typeof body === 'object' ? { 'content-type': 'application/json' } : {}
    const sent = typeof body === 'object' ? JSON.stringify(body) : body
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(sent === undefined ? {} : { body: sent }),
    })
    const text = await response.text()
    const type = response.headers.get('content-type')?.split(';')[0] ?? ''
    if (method !== 'HEAD') this.#openApi.check({ method, path: path.split('?')[0]!, status: response.status, type, text })
    if (type === 'application/problem+json' && method !== 'HEAD') checkHeaders({ status: response.status, text }, response.headers)
    const body_ = /[/+]json$/.test(type) && method !== 'HEAD' ? (JSON.parse(text) as Body) : (undefined as unknown as Body)
    return { status: response.status, headers: response.headers, text, body: body_ }
  }

  async as(who: string, path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
    return this.call(path, { body, headers: { authorization: `Bearer ${await this.token(who)}`, ...headers } })
  }

  sql(
    who: string,
    purpose: string | undefined,
    sql: string,
    more: object = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Told> {
    return this.as(who, '/v1/sql', { sql, ...(purpose === undefined ? {} : { purpose }), ...more }, headers)
  }

  #checkRaw(asked: Buffer, status: number, text: string, body: string): void {
    const [, method = 'raw', path = ''] = /^([A-Z]+) ([^?\s]+)\S* HTTP\/1\.1\r\n/.exec(asked.toString('latin1')) ?? []
    const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n').slice(1)
    const headers = new Headers(lines.map(line => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    this.#openApi.check({ method, path, status, type, text: body })
    if (type === 'application/problem+json') checkHeaders({ status, text: body }, headers)
  }

  /** What the gate answers to these very bytes, until it closes or falls silent. A line `Host: x` stands for its own address. */
  raw(bytes: string | Buffer, silence = 1_500): Promise<{ readonly status: number; readonly text: string; readonly body: string }> {
    const { host, hostname, port } = new URL(this.url)
    const named = Buffer.from(
      Buffer.from(bytes)
        .toString('latin1')
        .replace(/(?<=\r\n)Host: x(?=\r\n)/g, `Host: ${host}`),
      'latin1',
    )
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      let text = ''
      const done = (): void => {
        socket.destroy()
        const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
        const body = text.slice(text.indexOf('\r\n\r\n') + 4)
        try {
          if (status >= 400) this.#checkRaw(named, status, text, body)
          resolve({ status, text, body })
        } catch (error) {
          reject(error)
        }
      }
      socket.setTimeout(silence, done)
      socket.once('close', done)
      // A gate that closes while we still write is its right.
      socket.on('error', () => undefined)
      socket.on('data', (part: Buffer) => {
        text += part.toString('latin1')
      })
      socket.write(named)
    })
  }
}

/** What differs between two answers that are said to be the same bytes (DESIGN section 12), taken away. */
export function bare({ status, headers, text }: Told): { status: number; headers: string; length: number; text: string } {
  const kept = [...headers].filter(([name]) => name !== 'date').map(([name, value]) => `${name}: ${value}`)
  return {
    status,
    headers: kept.join('\n'),
    length: text.length,
    text: text.replace(/"ref":"[0-9a-f]{16}"/, '"ref":""'),
  }
}
