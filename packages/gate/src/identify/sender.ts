import { credentialsIn, type Presented, type SenderProof } from '@selvage/identity'
import type { Gate } from '../ports.ts'

/**
 * Who sent a request, by what it brought. A proof is used up when it is looked at, so that is done once, at the door; the
 * token is verified anew whenever rules, keys or signals may have changed what it is worth.
 */
export interface Sender {
  readonly token: string
  readonly proof: SenderProof
}

/** attacker-controlled: what was presented. Failures before this point are counted, not entered in the log. */
export async function senderOf(gate: Gate, presented: Presented): Promise<Sender> {
  const { token } = credentialsIn(presented.rawHeaders)
  const who = await gate.generation().verifier.verify(token)
  // Before a proof is used up.
  gate.standing.refuse(who)
  return { token, proof: await gate.sender.check(token, who, presented) }
}
