import type { DeviceRecord, PostureWord, SenderProof, Verified, Verifier } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { Who } from '@selvage/kernel/policy'
import type { Gate } from '../ports.ts'
import { isCurrent, isOf, noSession, type Session } from '../sessions/session.ts'
import type { Generation } from '../sync/generation.ts'
import { askingOf, circumstancesUntil, type Known } from './circumstances.ts'
import type { Sender } from './sender.ts'

export { type Sender, senderOf } from './sender.ts'

/** What an answer hangs on beside its statement: as long as all of it holds, so does the answer. */
export interface Basis {
  readonly generation: Generation
  /** What was said of those who ask: grows whenever something was. */
  readonly said: number
  /** Milliseconds since 1970: until then it is the same that is known of who asks. */
  readonly until: number
  /** Who asks, in which circumstances: one object for the same ones, and what the rules look at. */
  readonly asking: Required<Who>
}

/** Who asks, acting for whom, in which circumstances. Only `identify` makes one, and with it pins the generation. */
export interface Identified extends Basis {
  readonly '~stage': 'identified'
  readonly who: Verified
  readonly proof: SenderProof
  /** Of the key that was proven. */
  readonly record?: DeviceRecord
  /** That it runs in: its purpose is the request's. */
  readonly session?: Session
}

/** What an entry of the log says of who asked. */
export type By = Pick<Identified, 'generation' | 'who' | 'asking' | 'session'>

/**
 * By the token or the session and what its sender proved: rules, keys and what is said of them may have changed since, the connection
 * has not.
 */
export async function identify(gate: Gate, sender: Sender): Promise<Identified> {
  const generation = gate.generation()
  const said = gate.said()
  const { proof, session } = sender
  if (session !== undefined && !(gate.sessions.has(session) && isCurrent(session, gate.clock()))) throw noSession()
  const who = await whoSent(generation.verifier, sender)
  // Outside of every cache: what was said since the token was issued.
  gate.standing.refuse(who)
  if (!isProven(who, proof)) throw new SelvageError('identity.proof')
  if (session !== undefined && !isOf(session, who, proof)) throw noSession()
  const { policies } = generation
  const now = gate.clock()
  const known = knownOf(gate, generation, who, proof)
  const asking = askingOf(who, known, policies, now)
  const until = Math.min(circumstancesUntil(who, known, policies, now), session?.expiresAt ?? Number.POSITIVE_INFINITY)
  return {
    '~stage': 'identified',
    generation,
    said,
    until,
    who,
    proof,
    asking,
    ...(typeof known.record === 'object' && { record: known.record }),
    ...(session && { session }),
  }
}

/** What a token says now, or what one said when a session was opened, by the trust of now. */
const whoSent = (verifier: Verifier, sender: Sender): Promise<Verified> =>
  'token' in sender ? verifier.verify(sender.token) : verifier.readAgain(sender.session.kept, sender.session.expiresAt)

/** What is known of a request beside its token, at this moment. */
export function knownOf(gate: Gate, generation: Generation, who: Verified, proof: SenderProof): Known {
  const degraded = gate.standing.degraded(who, silenceOf(generation, who))
  return { proof, record: gate.devices.find(proof), word: wordOf(gate, who), degraded }
}

/** Seconds, of the very rules by which it is decided. */
const silenceOf = ({ trust }: Generation, { issuer }: Verified): number | undefined =>
  trust.issuers.find(({ alias }) => alias === issuer)?.signals?.silence

/** Of the device that the token names, else the worst that its issuer says of any that they use. */
function wordOf({ standing }: Gate, who: Verified): PostureWord | undefined {
  const id = who.device?.id
  return standing.deviceOf(who, typeof id === 'string' ? id : undefined)
}

/** INVARIANT: whatever is found of the token later, no other key counts than the one that was proven. */
const isProven = ({ confirmation }: Verified, proof: SenderProof): boolean =>
  confirmation?.thumbprint === (proof.kind === 'bearer' ? undefined : proof.thumbprint)

/** An agent's rules are a ceiling over somebody's rights; over nobody's there is nothing. Throws `identity.agent_alone`. */
export function requirePerson({ who }: Identified): void {
  if (who.subject.kind === 'Agent') throw new SelvageError('identity.agent_alone')
}
