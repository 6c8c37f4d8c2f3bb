import { maxActors } from '@selvage/identity'
import { isName, type Name, SelvageError, type TableId } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { seeAs } from '../../directory/see-as.ts'
import { whoCan } from '../../directory/who-can.ts'
import type { Gate } from '../../ports.ts'
import type { Admission } from './admission.ts'
import { readerOf } from './reader.ts'

const whoCanShape = z.strictObject({ resource: z.string().max(300), purpose: z.string().max(100).optional() })
/** A login, and the issuer's alias. */
const loginShape = z
  .string()
  .max(256)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+@-]*$/)
const seeAsShape = z.strictObject({
  login: loginShape,
  agents: z.array(loginShape).min(1).max(maxActors).optional(),
  table: z.string().max(300).optional(),
})

/** Who may see what, for whoever may audit or administer it. */
export function oversightRoutes(server: FastifyInstance, gate: Gate, admission: Admission): void {
  server.post('/v1/who-can', { onRequest: admission.admit }, async (request, reply) => {
    const body = whoCanShape.safeParse(request.body)
    if (!body.success) throw new SelvageError('request.malformed')
    const { resource, purpose } = body.data
    const answer = await whoCan(gate, {
      sender: admission.senderOf(request),
      gone: readerOf(reply).gone,
      parts: partsOf(resource, 4),
      purpose,
    })
    return reply.header('cache-control', 'no-store').send(answer)
  })
  server.post('/v1/see-as', { onRequest: admission.admit }, async (request, reply) => {
    const body = seeAsShape.safeParse(request.body)
    if (!body.success) throw new SelvageError('request.malformed', { detail: 'Name a login of the directory.' })
    const { login, agents, table } = body.data
    const asked = table === undefined ? {} : { table: partsOf(table, 3).join('.') as TableId }
    const answer = await seeAs(gate, { sender: admission.senderOf(request), gone: readerOf(reply).gone, login, agents, ...asked })
    return reply.header('cache-control', 'no-store').send(answer)
  })
}

function partsOf(resource: string, most: 3 | 4): readonly Name[] {
  const parts = resource.split('.')
  if (parts.length >= 3 && parts.length <= most && parts.every(isName)) return parts
  throw new SelvageError('request.malformed', {
    detail: most === 3 ? 'Name a table.' : 'Name a table or a column.',
    help: most === 3 ? 'Such as sales.crm.customer.' : 'Such as sales.crm.customer or sales.crm.customer.email.',
  })
}
