import { credentialsIn, type Presented, type SenderProof, type Verified } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { Gate } from '../ports.ts'
import type { Generation } from '../sync/generation.ts'

/** Who asks, acting for whom. Only `identify` makes one, and with it pins the generation. */
export interface Identified {
  readonly '~stage': 'identified'
  readonly generation: Generation
  readonly who: Verified
  readonly proof: SenderProof
}

/** What each request proved when it was first looked at: a proof is used up by that. */
const proven = new WeakMap<readonly string[], SenderProof>()

/** attacker-controlled: the headers. Failures before this point are counted, not entered in the log. */
export async function identifyRequest(gate: Gate, presented: Presented): Promise<Identified> {
  const { rawHeaders } = presented
  const { token } = credentialsIn(rawHeaders)
  const generation = gate.generation()
  const who = await generation.verifier.verify(token)
  const proof = await gate.sender.check(token, who, presented)
  proven.set(rawHeaders, proof)
  return { '~stage': 'identified', generation, who, proof }
}

/** By the token and what its sender proved: rules and issuers may have changed since, the connection has not. */
export async function identify(gate: Gate, rawHeaders: readonly string[]): Promise<Identified> {
  const proof = proven.get(rawHeaders)
  if (proof === undefined) return identifyRequest(gate, { rawHeaders, method: '', address: '' })
  const { token } = credentialsIn(rawHeaders)
  const generation = gate.generation()
  const who = await generation.verifier.verify(token)
  if (!isProven(who, proof)) throw new SelvageError('identity.proof')
  return { '~stage': 'identified', generation, who, proof }
}

/** INVARIANT: whatever is found of the token later, no other key counts than the one that was proven. */
const isProven = ({ confirmation }: Verified, proof: SenderProof): boolean =>
  confirmation?.thumbprint === (proof.kind === 'bearer' ? undefined : proof.thumbprint)

/** An agent's rules are a ceiling over somebody's rights; over nobody's there is nothing. Throws `identity.agent_alone`. */
export function requirePerson({ who }: Identified): void {
  if (who.subject.kind === 'Agent') throw new SelvageError('identity.agent_alone')
}
