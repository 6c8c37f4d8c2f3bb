import { SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Config } from '../../config.ts'
import type { Gate } from '../../ports.ts'
import { endSession } from '../../sessions/end.ts'
import { type Opened, openSession, type Wanted } from '../../sessions/open.ts'
import type { Admission } from './admission.ts'

const shape = z.strictObject({
  purpose: z.string().max(100).optional(),
  reason: z.string().optional(),
  seconds: z.int().min(1).max(86_400).optional(),
})

/** No handle is in a log: an address is told to it by its pattern, and a refusal by its code. */
export function sessionRoutes(server: FastifyInstance, gate: Gate, admission: Admission): void {
  server.post('/v1/sessions', { onRequest: admission.admit }, async (request, reply) => {
    const opened = await openSession(gate, admission.senderOf(request), parseWanted(request.body, gate.config.limits))
    return reply.code(201).header('cache-control', 'no-store').send(describe(opened))
  })
  server.delete<{ Params: { session: string } }>('/v1/sessions/:session', { onRequest: admission.admit }, async (request, reply) => {
    const { session } = request.params
    const receipt = await endSession(gate, admission.senderOf(request), session === 'current' ? undefined : session)
    return reply.header('cache-control', 'no-store').send({ receipt })
  })
}

/** attacker-controlled: body. */
function parseWanted(body: unknown, { reasonBytes }: Config['limits']): Wanted {
  const { success, data } = shape.safeParse(body)
  if (!success) throw new SelvageError('request.malformed', { detail: 'Give a purpose and, if you like, a reason and seconds.' })
  if (![data.purpose, data.reason].every(text => text === undefined || text.isWellFormed()))
    throw new SelvageError('request.malformed', { detail: 'A text is not well-formed Unicode.' })
  if (Buffer.byteLength(data.reason ?? '') > reasonBytes)
    throw new SelvageError('request.too_large', { detail: `A reason may be ${reasonBytes} bytes long.` })
  return data
}

/** `proof` and `device` as the rules see them. */
function describe({ handle, session, identified, receipt }: Opened): object {
  const { subject, actors, circumstances } = identified.asking
  return {
    session: handle,
    expires: new Date(session.expiresAt).toISOString(),
    subject: subject.id,
    actors: actors.map(({ id }) => id),
    purpose: session.purpose,
    proof: circumstances.proof,
    device: circumstances.device?.method ?? 'unknown',
    receipt,
  }
}
