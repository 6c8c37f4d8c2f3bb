import { SelvageError } from '@selvage/kernel/model'
import type { FastifyError, FastifyInstance } from 'fastify'
import type { Sync } from '../../sync/index.ts'

const envelopeBytes = 32 * 1024 * 1024
/** Envelopes taken at once: whoever sends one has not proven anything before its last byte. */
const uploadsAtOnce = 4

/** The domain's own bundle, delivered to its gate. Its signature is the only authority there is. */
export function bundleRoutes(server: FastifyInstance, sync: Sync): void {
  server.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    // What is thrown here goes on to the door's own handler.
    scope.setErrorHandler<FastifyError>(error => {
      throw error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? new SelvageError('policy.too_large', { cause: error }) : error
    })
    let uploads = 0
    scope.addHook('onRequest', async (_request, reply) => {
      if (uploads >= uploadsAtOnce) throw new SelvageError('limit.busy')
      uploads += 1
      reply.raw.once('close', () => {
        uploads -= 1
      })
    })
    scope.put('/v1/bundles/domain', { bodyLimit: envelopeBytes }, async request => {
      if (typeof request.body !== 'string') throw new SelvageError('request.malformed')
      return sync.offerDomain(request.body)
    })
  })
  server.get('/v1/bundles', () => sync.describe())
}
