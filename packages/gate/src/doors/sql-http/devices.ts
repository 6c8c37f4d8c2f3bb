import { maxRecordLength } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import type { Gate } from '../../ports.ts'

/** Where a device management sends its records. The signature of a record is the only authority there is. */
export function deviceRoutes(server: FastifyInstance, gate: Gate): void {
  server.register(async scope => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('application/jwt', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    scope.post('/v1/devices', { bodyLimit: maxRecordLength }, async (request, reply) => {
      if (typeof request.body !== 'string') throw new SelvageError('request.malformed')
      await gate.devices.take(request.body.trim())
      return reply.code(204).send()
    })
  })
}
