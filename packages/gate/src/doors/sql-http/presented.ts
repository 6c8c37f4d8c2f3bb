import type { Presented } from '@selvage/identity'
import type { FastifyRequest } from 'fastify'

/**
 * What a request showed of its sender. Its address is the one that the request names: `Host` was held against the names of this gate
 * before, so a proof for another gate's address does not count here.
 */
export function presentedBy({ raw, headers }: FastifyRequest): Presented {
  const { rawHeaders, method = '', url = '' } = raw
  const [path = ''] = url.split('?', 1)
  // An absolute address in the request line is taken by Node; no proof is taken for it.
  const address = path.startsWith('/') && headers.host !== undefined ? `http://${headers.host}${path}` : ''
  return { rawHeaders, method, address }
}
