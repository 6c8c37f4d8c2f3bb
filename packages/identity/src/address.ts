import { lookup } from 'node:dns/promises'
import { BlockList, isIPv4, isIPv6 } from 'node:net'

/** Addresses that are not of the public internet (IANA special-purpose registries). */
const special = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  special.addSubnet(address, prefix, 'ipv4')
for (const [address, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  special.addSubnet(address, prefix, 'ipv6')
/** Of IPv6 only global unicast is public: mapped, translated, local and multicast addresses lie outside. */
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')

export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !special.check(address, 'ipv4')
  return isIPv6(address) && globalUnicast.check(address, 'ipv6') && !special.check(address, 'ipv6')
}

/** Whom this process may ask. */
export interface Egress {
  /** Issuers on this machine or a private network. */
  readonly allowPrivate: boolean
  /** `name` or `name:port`; absent: whichever issuers the rules name. */
  readonly hosts?: readonly string[] | undefined
}

const loopbackNames = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Throws where an issuer's address may not be asked, whatever the signed rules say of it. A name that
 * changes its address between this look and the connection gains nothing: the connection is TLS, so
 * whoever answers must hold a certificate for the name.
 */
export async function checkAddress(url: URL, { allowPrivate, hosts }: Egress): Promise<void> {
  if (hosts !== undefined && !hosts.includes(url.host)) throw new Error('address: not a host that may be asked')
  const plain = url.protocol === 'http:' && allowPrivate && loopbackNames.has(url.hostname)
  if (url.protocol !== 'https:' && !plain) throw new Error('address: not https')
  if (url.username !== '' || url.password !== '') throw new Error('address: credentials in it')
  if (allowPrivate) return
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const found = await lookup(host, { all: true })
  if (found.length === 0 || !found.every(({ address }) => isPublicAddress(address))) throw new Error('address: not public')
}
