import type { Presented } from '@selvage/identity'
import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'
import { shownBy } from './tls.ts'

/**
 * What a request showed of its sender. Its address is the one that the request names: `Host` was held against the names of this gate
 * before, so a proof for another gate's address does not count here.
 */
export function presentedBy({ raw, headers }: FastifyRequest, config: Pick<Config, 'tls' | 'publicAddress'>): Presented {
  const { rawHeaders, method = '', url = '', socket } = raw
  const [path = ''] = url.split('?', 1)
  // An absolute address in the request line is taken by Node; no proof is taken for it.
  const address = path.startsWith('/') && headers.host !== undefined ? `${originOf(headers.host.toLowerCase(), config)}${path}` : ''
  return {
    rawHeaders,
    method,
    address,
    // Looked at for tokens that are bound to one.
    get certificate() {
      return shownBy(socket, config.tls)
    },
  }
}

function originOf(host: string, { tls, publicAddress }: Pick<Config, 'tls' | 'publicAddress'>): string {
  if (tls === undefined && publicAddress === `https://${host}`) return publicAddress
  return `${tls === undefined ? 'http' : 'https'}://${host}`
}
