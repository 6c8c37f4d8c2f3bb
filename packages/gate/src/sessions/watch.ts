import { asSelvageError, type Code } from '@selvage/kernel/model'
import { Known } from '../decide/known.ts'
import { permitPurpose } from '../decide/purpose.ts'
import { askingOf } from '../identify/circumstances.ts'
import { type Basis, identify } from '../identify/index.ts'
import { paced } from '../paced.ts'
import type { Gate } from '../ports.ts'
import { recordSessionEnded } from './end.ts'
import { isCurrent, type Session } from './session.ts'

/** Milliseconds. */
const lookEvery = 250

/** What a session was looked at by last: as long as it holds, so does the session. */
type Seen = Pick<Basis, 'generation' | 'said' | 'until'>

/**
 * Ends each session that has expired or that would be refused now. What runs in one ends by itself (`under-way.ts`); this has it
 * entered in the log, makes room, and ends what nobody uses. Until what it returns is called.
 */
export function watchSessions(gate: Gate): () => void {
  const seen = new WeakMap<Session, Seen>()
  let looking = false
  const timer = setInterval(() => {
    if (looking || gate.sessions.size === 0) return
    looking = true
    void look(gate, seen)
      .catch(error => gate.log('sessions.look_failed', { cause: String(error) }))
      .finally(() => {
        looking = false
      })
  }, lookEvery).unref()
  return () => clearInterval(timer)
}

async function look(gate: Gate, seen: WeakMap<Session, Seen>): Promise<void> {
  // Without rules nothing is answered, in a session or elsewhere; whether it stands is seen by those that come.
  if (!isAnswering(gate)) return
  for await (const session of paced(gate.sessions.all())) {
    const code = await whyOver(gate, session, seen)
    if (code !== undefined && gate.sessions.remove(session)) await enterEnd(gate, session, code)
  }
}

function isAnswering(gate: Gate): boolean {
  try {
    return gate.generation() !== undefined
  } catch {
    return false
  }
}

/** Refusals that may pass by themselves end nothing; while they last, nothing is answered. */
const passing: ReadonlySet<Code> = new Set(['policy.missing', 'policy.stale', 'policy.expired', 'identity.keys'])

async function whyOver(gate: Gate, session: Session, seen: WeakMap<Session, Seen>): Promise<Code | undefined> {
  if (!isCurrent(session, gate.clock())) return 'identity.session'
  try {
    const before = seen.get(session)
    if (before?.generation === gate.generation() && before.said === gate.said() && gate.clock() < before.until) return undefined
    const { generation, said, until, asking } = await identify(gate, { session, proof: session.proof })
    permitPurpose(session.purpose, Known.of(generation, asking))
    seen.set(session, { generation, said, until })
    return undefined
  } catch (error) {
    const { code } = asSelvageError(error)
    return passing.has(code) ? undefined : code
  }
}

async function enterEnd(gate: Gate, session: Session, code: Code): Promise<void> {
  try {
    const generation = gate.generation()
    const known = { proof: session.proof, record: undefined, word: undefined, degraded: [] }
    const asking = askingOf(session.who, known, generation.policies, gate.clock())
    await recordSessionEnded(gate, { generation, who: session.who, asking }, session, code)
  } catch (error) {
    gate.log('session.end_not_entered', { session: session.id, code: asSelvageError(error).code })
  }
}
