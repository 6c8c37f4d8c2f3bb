import { credentialsIn, type Presented, type SenderProof } from '@selvage/identity'
import type { Gate } from '../ports.ts'
import { isHandle } from '../sessions/handle.ts'
import { noSession, type Session } from '../sessions/session.ts'

/**
 * Who sent a request, by what it brought. A proof is used up when it is looked at, so that is done once, at the door; token and
 * session are looked at anew whenever rules, keys or signals may have changed what they are worth.
 */
export type Sender =
  /** With a session that it named, or none. */
  | { readonly token: string; readonly session?: Session; readonly proof: SenderProof }
  /** By the handle of a session alone. */
  | { readonly session: Session; readonly proof: SenderProof }

/** attacker-controlled: what was presented. Failures before this point are counted, not entered in the log. */
export async function senderOf(gate: Gate, presented: Presented): Promise<Sender> {
  const { token } = credentialsIn(presented.rawHeaders)
  if (isHandle(token)) return holderOf(gate, token, presented)
  const who = await gate.generation().verifier.verify(token)
  // Before a proof is used up.
  gate.standing.refuse(who)
  return { token, proof: await gate.sender.check(token, who, presented) }
}

/** INVARIANT: a handle alone counts with the DPoP key of its session; what is bound to no such key has to come with a token. */
function holderOf(gate: Gate, handle: string, presented: Presented): Sender {
  const session = gate.sessions.find(handle, gate.clock())
  const isHolder = (shown: string): boolean => session?.proof.kind === 'dpop' && session.proof.thumbprint === shown
  const proof = gate.sender.prove(handle, isHolder, presented)
  if (session === undefined || proof === undefined) throw noSession()
  return { session, proof }
}
