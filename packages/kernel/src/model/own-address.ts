import type { Code } from './errors.ts'

/** What a request says of where it goes and, from a web page, where it comes from. Undefined: the header is not there. */
export interface RequestAddress {
  readonly host: string | undefined
  readonly origin: string | undefined
}

/** How whoever reaches a server by its listening address may name it, and what else its configuration lists. */
export interface OwnAddress {
  /** The port on which the request came in. */
  readonly port: number
  /** Further authorities, `name` or `name:port`, in lower case. */
  readonly hosts: readonly string[]
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Why a request is refused, if it is. A web page that lets its own name resolve to loopback still names itself in `Host`,
 * and one that asks across origins in `Origin`: neither is ours. attacker-controlled: both headers.
 */
export function findForeign(
  { host, origin }: RequestAddress,
  own: OwnAddress,
): Extract<Code, 'request.host' | 'request.origin'> | undefined {
  if (host === undefined || !isOwn(host.toLowerCase(), own)) return 'request.host'
  if (origin === undefined) return undefined
  const [, authority] = /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase()) ?? []
  return authority !== undefined && isOwn(authority, own) ? undefined : 'request.origin'
}

function isOwn(authority: string, { port, hosts }: OwnAddress): boolean {
  if (hosts.includes(authority)) return true
  return loopbackNames.some(name => authority === `${name}:${port}` || (port === 80 && authority === name))
}
