import type { Verified } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import { Known } from '../decide/known.ts'
import { permitPurpose, statedPurpose } from '../decide/purpose.ts'
import { type Identified, identify, requirePerson, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { append, type Receipt } from '../record/append.ts'
import { recordDenied } from '../record/index.ts'
import { newHandle } from './handle.ts'
import type { Session } from './session.ts'

export interface Wanted {
  readonly purpose?: string | undefined
  readonly reason?: string | undefined
  /** At most: a gate opens none for longer than its configuration says. */
  readonly seconds?: number | undefined
}

export interface Opened {
  /** Told this once, and kept nowhere. */
  readonly handle: string
  readonly session: Session
  readonly identified: Identified
  readonly receipt: Receipt
}

/** Its entry is durable when this returns. */
export async function openSession(gate: Gate, sender: Sender, wanted: Wanted): Promise<Opened> {
  const identified = await identify(gate, sender)
  try {
    requirePerson(identified)
    // A session that opened another would have no end.
    if (!('token' in sender))
      throw new SelvageError('identity.missing', { detail: 'A session is opened with a token, not with a session.' })
    return await open(gate, identified, { purpose: permitted(identified, wanted.purpose), token: sender.token, wanted })
  } catch (error) {
    if (error instanceof SelvageError && error.code !== 'ledger.unavailable')
      await recordDenied(gate, identified, error, { ...wanted, resource: 'session' })
    throw error
  }
}

interface Granted {
  readonly purpose: string
  readonly token: string
  readonly wanted: Wanted
}

async function open(gate: Gate, identified: Identified, granted: Granted): Promise<Opened> {
  const { purpose, wanted } = granted
  const session = await sessionOf(gate, identified, granted)
  const handle = newHandle(gate.random)
  gate.sessions.add(handle, session)
  try {
    const facts = { event: 'session', purpose, more: { session: session.id, state: 'opened', until: session.expiresAt } } as const
    const receipt = await append(gate, identified, facts, {
      subject: identified.who.subject.id,
      agents: agentsOf(identified.who),
      reason: wanted.reason ?? '',
    })
    return { handle, session, identified, receipt }
  } catch (error) {
    gate.sessions.remove(session)
    throw error
  }
}

const agentsOf = ({ actors }: Verified): readonly string[] => actors.map(({ id }) => id)

async function sessionOf(gate: Gate, { generation, who, proof }: Identified, { purpose, token, wanted }: Granted): Promise<Session> {
  const kept = await generation.verifier.keep(token)
  const openedAt = Math.floor(gate.clock() / 1_000) * 1_000
  const seconds = Math.min(wanted.seconds ?? Number.POSITIVE_INFINITY, gate.config.sessions.seconds)
  return Object.freeze({
    id: gate.random(16).toString('hex'),
    kept,
    who,
    proof,
    purpose,
    ...(wanted.reason === undefined ? {} : { reason: wanted.reason }),
    openedAt,
    expiresAt: openedAt + seconds * 1_000,
  })
}

/** Judged as a statement's would be. */
function permitted({ generation, asking }: Identified, purpose: string | undefined): string {
  const known = Known.of(generation, asking)
  const stated = statedPurpose(purpose, generation, known)
  permitPurpose(stated, known)
  return stated
}
