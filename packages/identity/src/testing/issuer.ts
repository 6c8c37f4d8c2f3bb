import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Issuer } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** An issuer's two documents on a real port; a test sets what each answers. */
export interface TestIssuer {
  readonly url: string
  discovery: Answer
  keys: Answer
  /** Requests so far. */
  readonly asked: { discovery: number; keys: number }
  readonly close: () => Promise<void>
}

export const json =
  (value: unknown): Answer =>
  response => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(value))
  }

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  response =>
    response.writeHead(code, headers).end()

export async function startTestIssuer(keys: readonly object[], port = 0): Promise<TestIssuer> {
  const asked = { discovery: 0, keys: 0 }
  const server = createServer((request, response) => {
    const what = request.url === '/.well-known/openid-configuration' ? 'discovery' : 'keys'
    asked[what] += 1
    issuer[what](response, request)
  })
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const issuer: TestIssuer = { url, asked, close, discovery: json({ issuer: url, jwks_uri: `${url}/jwks` }), keys: json({ keys }) }
  return issuer
}

const usual = ['employee_id', 'trainings', 'provider_id', 'contractor']

export const trustIn = (url: string, more: Partial<Issuer> = {}): Issuer => ({
  alias: 'workforce' as Name,
  issuer: url,
  kind: 'rfc9068',
  token: { type: 'at+jwt', client: 'client_id', id: 'jti', require: {} },
  audience: 'selvage:example',
  algorithms: ['ES256'],
  maxLifetime: 600,
  roles: { analyst: 'analyst', 'sales-rep': 'sales-rep' },
  rolesClaim: ['roles'],
  groups: { admins: 'emea-sales', '/sales/emea': 'emea-sales' },
  groupsClaim: ['groups'],
  attributes: usual,
  claims: Object.fromEntries((more.attributes ?? usual).map(name => [name, { path: [name] }])),
  agents: ['copilot', 'planner'],
  workloads: ['nightly'],
  ...more,
})

export const subjectAttributes = new Map([
  ['employee_id', 'integer'],
  ['trainings', 'strings'],
  ['provider_id', 'string'],
  ['contractor', 'boolean'],
] as const)

export const roles = ['analyst', 'sales-rep', 'auditor']
export const groups = ['emea-sales', 'admins']

export const claimsOf = (issuer: string, now: number): Record<string, unknown> => ({
  iss: issuer,
  sub: 'rep',
  aud: 'selvage:example',
  client_id: 'selvage-cli',
  jti: 'one',
  iat: Math.floor(now / 1_000),
  exp: Math.floor(now / 1_000) + 600,
  roles: ['sales-rep'],
  employee_id: 3,
  device: { managed: true, encrypted: true },
})

/** The code of the SelvageError that this is refused with; `accepted` where it is not. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'accepted'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}
