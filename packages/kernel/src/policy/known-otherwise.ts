import { askedCircumstances, type Circumstance } from './asked-circumstances.ts'
import { type Change, signals } from './change.ts'
import { type Circumstances, type Device, nothingKnown } from './circumstances.ts'
import type { Asker } from './decision.ts'
import type { Rule } from './rule.ts'

const methods = ['asserted', 'managed', 'attested'] as const
const proofs = ['bearer', 'dpop', 'mtls'] as const

/**
 * What of the circumstances that these rules ask for could be otherwise: one thing each, what has to be proven least first, then a
 * device all of whose things are in order. What an agent proves is not told of its person: for those for whom one acts there is
 * only what the gate cannot know.
 */
export function knownOtherwise(rules: readonly Rule[], { circumstances = nothingKnown, actors }: Asker): readonly Change[] {
  const asked = new Set(rules.flatMap(({ body }) => askedCircumstances(body)))
  const { degraded, device, proof } = circumstances
  const known = asked.has('degraded') ? ofDegraded(degraded) : []
  if (actors.length > 0) return known
  const stronger = asked.has('proof') ? proofs.slice(proofs.indexOf(proof) + 1) : []
  return [
    ...known,
    ...(device === undefined ? [] : ofDevice(asked, device)),
    ...stronger.flatMap((one): Change[] => (one === 'bearer' ? [] : [{ kind: 'proof', proof: one }])),
    ...wholes(asked, circumstances),
  ]
}

/** Each word alone, and all of them. */
const ofDegraded = (words: readonly string[]): Change[] =>
  [...words.map(word => [word]), ...(words.length > 1 ? [words] : [])].map(degraded => ({ kind: 'known', degraded }))

type Asked = ReadonlySet<Circumstance>

function ofDevice(asked: Asked, device: Device): Change[] {
  const lacking = signals.filter(signal => asked.has(signal) && device[signal] !== true)
  const bound = asked.has('method') ? methods.slice(methods.indexOf(device.method) + 1) : []
  return [
    ...lacking.map((signal): Change => ({ kind: 'signal', signal })),
    ...(asked.has('age_minutes') && device.ageMinutes > 0 ? [{ kind: 'observed' } as const] : []),
    ...bound.flatMap((method): Change[] => (method === 'asserted' ? [] : [{ kind: 'method', method }])),
  ]
}

/** None that is known less well than the one there is, or was: a word of the issuer's counts for nothing beside a record, overdue or not. */
function wholes(asked: Asked, { device, degraded }: Circumstances): Change[] {
  const ofDevices = [...asked].some(one => one !== 'proof' && one !== 'degraded')
  const now = device?.method ?? (degraded.includes('posture-stale') ? 'managed' : 'asserted')
  return ofDevices ? methods.slice(methods.indexOf(now)).map(method => ({ kind: 'device', device: method })) : []
}

/** Beside the same other changes: of several that would do the one of which the least has to be proven; a whole device only where nothing less would. */
export function leastKnown<T extends { readonly changes: readonly Change[] }>(all: readonly T[]): readonly T[] {
  const told = new Set<string>()
  const less = new Set(all.map(one => partsOf(one.changes)).flatMap(({ kind, others }) => (isLess(kind) ? [others] : [])))
  return all.filter(({ changes }) => {
    const { kind, others } = partsOf(changes)
    if (kind === undefined || kind === 'signal' || kind === 'observed') return true
    if ((kind === 'device' && less.has(others)) || told.has(`${kind} ${others}`)) return false
    told.add(`${kind} ${others}`)
    return true
  })
}

const ofCircumstances: readonly Change['kind'][] = ['known', 'signal', 'observed', 'method', 'proof', 'device']
const isLess = (kind: Change['kind'] | undefined): boolean => kind !== undefined && kind !== 'device'

/** The last change of the circumstances, and what stands beside it. */
function partsOf(changes: readonly Change[]): { readonly kind: Change['kind'] | undefined; readonly others: string } {
  const at = changes.findLastIndex(({ kind }) => ofCircumstances.includes(kind))
  return { kind: changes[at]?.kind, others: JSON.stringify(changes.filter((_, index) => index !== at)) }
}
