import { bearerToken, type Verified } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { Gate } from '../ports.ts'
import type { Generation } from '../sync/generation.ts'

/** Who asks, acting for whom. Only `identify` makes one, and with it pins the generation. */
export interface Identified {
  readonly '~stage': 'identified'
  readonly generation: Generation
  readonly who: Verified
}

/** attacker-controlled: the headers. Failures before this point are counted, not entered in the log. */
export async function identify(gate: Gate, rawHeaders: readonly string[]): Promise<Identified> {
  const token = bearerToken(rawHeaders)
  const generation = gate.generation()
  const who = await generation.verifier.verify(token)
  return { '~stage': 'identified', generation, who }
}

/** An agent's rules are a ceiling over somebody's rights; over nobody's there is nothing. Throws `identity.agent_alone`. */
export function requirePerson({ who }: Identified): void {
  if (who.subject.kind === 'Agent') throw new SelvageError('identity.agent_alone')
}
