import { isName, SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Gate } from '../../ports.ts'
import { whoSaw } from '../../record/who-saw.ts'
import type { Admission } from './admission.ts'

const shape = z.strictObject({
  resource: z.string().max(300),
  purpose: z.string().optional(),
  limit: z.int().min(1).max(10_000).default(1_000),
})

export function whoSawRoute(server: FastifyInstance, gate: Gate, admission: Admission): void {
  server.post('/v1/who-saw', { onRequest: admission.admit }, async (request, reply) => {
    const body = shape.safeParse(request.body)
    if (!body.success) throw new SelvageError('request.malformed')
    const parts = body.data.resource.split('.')
    if (parts.length < 2 || parts.length > 4 || !parts.every(isName))
      throw new SelvageError('request.malformed', {
        detail: 'Name a product, a table or a column.',
        help: 'Such as sales.crm, sales.crm.customer or sales.crm.customer.email.',
      })
    return reply.header('cache-control', 'no-store').send(await whoSaw(gate, { sender: admission.senderOf(request), parts, ...body.data }))
  })
}
