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
  const named = handle === undefined ? undefined : gate.sessions.find(handle, gate.clock())
  if (handle !== undefined && named === undefined) throw noSession()
  const session = named ?? sender.session
  if (session === undefined) return { sender, identified, request }
  if (sender.session !== undefined && sender.session !== session) throw noSession()
  if (stated.purpose !== undefined) throw new SelvageError('request.malformed', { detail: 'A session has its purpose: state no other.' })
  const within: Sender = { ...sender, session }
  return {
    sender: within,
    identified: sender.session === session ? identified : await identify(gate, within),
    request: { ...(session.reason === undefined ? {} : { reason: session.reason }), ...stated, purpose: session.purpose },
  }
}
