import { SelvageError } from '@selvage/kernel/model'
import type { SqlRequest } from '../decide/request.ts'
import { type Identified, identify, type Sender } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { noSession } from './session.ts'

export interface Entered {
  readonly sender: Sender
  readonly identified: Identified
  /** Of the session's purpose and, where it states none itself, reason. */
  readonly request: SqlRequest
}

/** What a request asks in the session that its body names, or whose handle it came with. Throws `identity.session`. */
export async function enter(gate: Gate, { sender, identified, request }: Entered): Promise<Entered> {
  const { session: handle, ...stated } = request
  const within = senderIn(gate, sender, handle)
  if (within.session === undefined) return { sender, identified, request }
  const { purpose, reason } = within.session
  if (stated.purpose !== undefined) throw new SelvageError('request.malformed', { detail: 'A session has its purpose: state no other.' })
  return {
    sender: within,
    identified: within === sender ? identified : await identify(gate, within),
    request: { ...(reason === undefined ? {} : { reason }), ...stated, purpose },
  }
}

/**
 * Whoever sent a request, in the session that it names. Whether that is theirs, `identify` says. Throws `identity.session`.
 * @param handle attacker-controlled
 */
export function senderIn(gate: Gate, sender: Sender, handle: string | undefined): Sender {
  if (handle === undefined) return sender
  const session = gate.sessions.find(handle, gate.clock())
  if (session === undefined || (sender.session !== undefined && sender.session !== session)) throw noSession()
  return sender.session === session ? sender : { ...sender, session }
}
