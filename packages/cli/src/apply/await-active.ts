import type { GateStatus } from './in-force.ts'

/** What is to be in force at a gate. */
export interface Awaited {
  readonly kind: 'centre' | 'domain'
  readonly version: number
  readonly digest: string
}

export type Outcome = 'active' | 'waiting' | { readonly refused: string }

/** How a gate stands to a bundle that it was to take. */
export function outcomeAt(status: GateStatus, { kind, version, digest }: Awaited): Outcome {
  if (status[kind]?.digest === digest && status.active?.[kind] === version) return 'active'
  const refusal = status.refused.find(one => one.kind === kind && one.version === version)
  return refusal === undefined ? 'waiting' : { refused: refusal.code }
}

const lookEvery = 200

/** Looks until a gate has taken or refused it, or the time is over. What cannot be reached is looked for again. */
export async function awaitOutcome(
  look: () => Promise<GateStatus>,
  awaited: Awaited,
  { until, now, again = [] }: { until: number; now: () => number; again?: readonly string[] },
): Promise<{ readonly outcome: Outcome; readonly status: GateStatus | undefined }> {
  let status: GateStatus | undefined
  for (;;) {
    status = await look().catch(() => undefined)
    const outcome = status === undefined ? 'waiting' : outcomeAt(status, awaited)
    const isOver = outcome !== 'waiting' && !(typeof outcome === 'object' && again.includes(outcome.refused))
    if (isOver || now() > until) return { outcome, status }
    await new Promise(resolve => setTimeout(resolve, lookEvery))
  }
}
