import { SelvageError } from '@selvage/kernel/model'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { Known } from '../../decide/known.ts'
import { deviceObservedAt } from '../../identify/circumstances.ts'
import { type Identified, identify, knownOf, requirePerson, type Sender } from '../../identify/index.ts'
import type { Gate } from '../../ports.ts'
import { senderIn } from '../../sessions/enter.ts'
import type { Admission } from './admission.ts'

const shape = z.strictObject({ session: z.string().max(200) })

/** What a gate knows of whoever asks: from where, and since when. `POST` names a session, as statements do. */
export function whoamiRoute(server: FastifyInstance, gate: Gate, admission: Admission): void {
  const tell = async (sender: Sender): Promise<object> => {
    const identified = await identify(gate, sender)
    requirePerson(identified)
    return describe(gate, identified)
  }
  server.get('/v1/whoami', { onRequest: admission.admit }, async (request, reply) =>
    reply.header('cache-control', 'no-store').send(await tell(admission.senderOf(request))),
  )
  server.post('/v1/whoami', { onRequest: admission.admit }, async (request, reply) => {
    const sender = admission.senderOf(request)
    const handle = parseHandle(request.body)
    // Whoever is nobody learns nothing of handles.
    await identify(gate, sender)
    return reply.header('cache-control', 'no-store').send(await tell(senderIn(gate, sender, handle)))
  })
}

/** attacker-controlled: body. */
function parseHandle(body: unknown): string {
  const { success, data } = shape.safeParse(body)
  if (!success) throw new SelvageError('request.malformed', { detail: 'Give the handle of a session, or ask with GET.' })
  return data.session
}

function describe(gate: Gate, identified: Identified): object {
  const { generation, who, asking, session } = identified
  const { subject, actors, circumstances } = asking
  return {
    subject: { id: subject.id, kind: subject.kind, roles: subject.roles, groups: subject.groups, attributes: attributesOf(identified) },
    actors: actors.map(({ id, roles }) => ({ id, roles })),
    issuer: who.issuer,
    ...(who.clientId === undefined ? {} : { client: who.clientId }),
    observed: instant(who.issuedAt),
    expires: instant(who.expiresAt),
    proof: circumstances.proof,
    ...deviceOf(gate, identified),
    degraded: circumstances.degraded,
    purposes: Known.of(generation, asking).purposes(),
    ...(session === undefined
      ? {}
      : {
          session: {
            purpose: session.purpose,
            ...(session.reason === undefined ? {} : { reason: session.reason }),
            opened: instant(session.openedAt),
            expires: instant(session.expiresAt),
          },
        }),
  }
}

function attributesOf({ who }: Identified): object[] {
  return Object.entries(who.subject.attributes).map(([name, value]) => {
    const { source, observedAt, expiresAt } = who.provenance[name]!
    return { name, value, source, observed: instant(observedAt), expires: instant(expiresAt) }
  })
}

/** Its age in minutes is for rules: here it is told when it was observed. */
function deviceOf(gate: Gate, { asking, generation, who, proof }: Identified): object {
  const observedAt = deviceObservedAt(who, knownOf(gate, generation, who, proof))
  if (asking.circumstances.device === undefined || observedAt === undefined) return {}
  const { ageMinutes: _age, ...device } = asking.circumstances.device
  return { device: { ...device, observed: instant(observedAt) } }
}

const instant = (at: number): string => new Date(at).toISOString()
