import { SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Gate } from '../../ports.ts'
import { replay } from '../../record/replay.ts'
import type { Admission } from './admission.ts'

const shape = z.strictObject({ index: z.int().min(0), official: z.boolean().default(false) })

export function replayRoute(server: FastifyInstance, gate: Gate, admission: Admission): void {
  server.post('/v1/replay', { onRequest: admission.admit }, async (request, reply) => {
    const body = shape.safeParse(request.body)
    if (!body.success) throw new SelvageError('request.malformed', { detail: 'Name the index of an entry.' })
    const replayed = await replay(gate, { sender: admission.senderOf(request), ...body.data })
    return reply.header('cache-control', 'no-store').send(replayed)
  })
}
