import { SelvageError } from '@selvage/kernel/model'
import { type By, identify, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { append, type Receipt } from '../record/append.ts'
import { recordDenied } from '../record/index.ts'
import { noSession, type Session } from './session.ts'

/** With what runs in it, within a second. Its entry is durable when this returns; `handle` undefined: the sender's own. */
export async function endSession(gate: Gate, sender: Sender, handle: string | undefined): Promise<Receipt> {
  const identified = await identify(gate, sender)
  try {
    const session = handle === undefined ? sender.session : gate.sessions.find(handle, gate.clock())
    if (session === undefined || (sender.session !== undefined && sender.session !== session)) throw noSession()
    // Throws where it is another's.
    const own = await identify(gate, { ...sender, session })
    if (!gate.sessions.remove(session)) throw noSession()
    return await recordSessionEnded(gate, own, session)
  } catch (error) {
    if (error instanceof SelvageError && error.code !== 'ledger.unavailable')
      await recordDenied(gate, identified, error, { resource: 'session' })
    throw error
  }
}

/** @param code why, where nobody asked for it */
export function recordSessionEnded(gate: Gate, by: By, session: Session, code?: SelvageError['code']): Promise<Receipt> {
  const facts = { event: 'session', purpose: session.purpose, more: { session: session.id, state: 'ended' } } as const
  return append(gate, by, { ...facts, ...(code === undefined ? {} : { code }) })
}
