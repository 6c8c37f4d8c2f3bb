import { SelvageError } from '@selvage/kernel/model'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { identify, type Sender, senderOf } from '../../identify/index.ts'
import type { Gate } from '../../ports.ts'
import { Denials } from '../../record/denials.ts'
import { presentedBy } from './presented.ts'

export interface Admission {
  readonly admit: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  /** Of one that was admitted. */
  readonly senderOf: (request: FastifyRequest) => Sender
}

/**
 * Before a body is read: its sender is known, and has not too many requests open. So whoever has no token has nothing but
 * a connection here, and a subject no more than its share of what bodies and answers take.
 */
export function openAdmission(gate: Gate): Admission {
  const senders = new WeakMap<FastifyRequest, Sender>()
  const open = new Map<string, number>()
  const { requestsPerSubject, requestsInAll } = gate.config.limits
  let inAll = 0
  const leave = (subject: string): void => {
    const left = (open.get(subject) ?? 1) - 1
    if (left === 0) open.delete(subject)
    else open.set(subject, left)
    inAll -= 1
  }
  const admit: Admission['admit'] = async (request, reply) => {
    const sender = await senderOf(gate, presentedBy(request, gate.config))
    const identified = await identify(gate, sender)
    await Denials.of(gate).admit(identified)
    const { who } = identified
    const { id } = who.subject
    if ((open.get(id) ?? 0) >= requestsPerSubject) throw new SelvageError('limit.share')
    if (inAll >= requestsInAll) throw new SelvageError('limit.busy')
    // Left meanwhile: no stream tells us so any more.
    if (reply.raw.destroyed) throw new SelvageError('engine.cancelled')
    open.set(id, (open.get(id) ?? 0) + 1)
    inAll += 1
    reply.raw.once('close', () => leave(id))
    senders.set(request, sender)
  }
  return {
    admit,
    senderOf: request => {
      const sender = senders.get(request)
      if (sender === undefined) throw new SelvageError('internal.fault', { cause: 'a request that was not admitted' })
      return sender
    },
  }
}
