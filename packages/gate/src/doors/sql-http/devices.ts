import { maxRecordLength } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import type { Gate } from '../../ports.ts'

/** Records that are verified and written at a time: whoever sends one has not proven anything before. */
const takenAtOnce = 8

/** Where a device management sends its records. The signature of a record is the only authority there is. */
export function deviceRoutes(server: FastifyInstance, gate: Gate): void {
  server.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/jwt', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    let open = 0
    scope.addHook('onRequest', async (_request, reply) => {
      if (open >= takenAtOnce) throw new SelvageError('limit.busy')
      open += 1
      reply.raw.once('close', () => {
        open -= 1
      })
    })
    scope.post('/v1/devices', { bodyLimit: maxRecordLength }, async (request, reply) => {
      if (typeof request.body !== 'string') throw new SelvageError('request.malformed')
      await gate.devices.take(request.body.trim())
      return reply.code(204).send()
    })
  })
}
