import type { Name } from '../model/index.ts'
import { type Circumstances, type Device, nothingKnown, type ProofKind } from './circumstances.ts'
import type { Asker, AttributeValue, Subject } from './decision.ts'

/** Of whoever asks, or of the circumstances in which they do; `agent`: of one that acts for them, by its id. */
export type Change =
  | { readonly kind: 'purpose'; readonly purpose: string }
  /** `among`: one more of several values, such as a training. */
  | {
      readonly kind: 'attribute'
      readonly name: string
      readonly value: string | number | boolean
      readonly among: boolean
      readonly agent?: string
    }
  | { readonly kind: 'role'; readonly role: string; readonly agent?: string }
  /** Of people only: an issuer supplies no groups of an agent. */
  | { readonly kind: 'group'; readonly group: string }
  /** The same device, one thing of it in order that was not, or was not known. */
  | { readonly kind: 'signal'; readonly signal: Signal }
  /** The same device, observed just now. */
  | { readonly kind: 'observed' }
  /** The same device, bound to the key that proves the request. */
  | { readonly kind: 'method'; readonly method: Exclude<Device['method'], 'asserted'> }
  /** Another device, or the same one otherwise known, all of it in order. */
  | { readonly kind: 'device'; readonly device: Device['method'] }
  | { readonly kind: 'proof'; readonly proof: Exclude<ProofKind, 'bearer'> }
  /** What the gate cannot know at this moment, known again. */
  | { readonly kind: 'known'; readonly degraded: readonly string[] }
  /** A permit of the domain's, on this table and for whoever asks. */
  | { readonly kind: 'grant'; readonly domain: Name }

export const signals = ['managed', 'encrypted', 'patched'] as const
export type Signal = (typeof signals)[number]

/** The asker, as changes would make them; a grant changes rules, not people. */
export const changed = (asker: Asker, changes: readonly Change[]): Asker => changes.reduce(changedOnce, asker)

function changedOnce(asker: Asker, change: Change): Asker {
  switch (change.kind) {
    case 'grant':
      return asker
    case 'purpose':
      return { ...asker, purpose: change.purpose }
    case 'group':
      return { ...asker, subject: { ...asker.subject, groups: [...asker.subject.groups, change.group] } }
    case 'role':
      return ofOne(asker, change.agent, subject => ({ ...subject, roles: [...subject.roles, change.role] }))
    case 'attribute':
      return ofOne(asker, change.agent, subject => withValue(subject, change.name, change.value, change.among))
    default:
      return { ...asker, circumstances: otherwise(asker.circumstances ?? nothingKnown, change) }
  }
}

function ofOne(asker: Asker, agent: string | undefined, alter: (subject: Subject) => Subject): Asker {
  if (agent === undefined) return { ...asker, subject: alter(asker.subject) }
  return { ...asker, actors: asker.actors.map(actor => (actor.id === agent ? alter(actor) : actor)) }
}

function withValue(subject: Subject, name: string, value: AttributeValue, among: boolean): Subject {
  const now = subject.attributes[name]
  const next = typeof value === 'string' && among ? [...(Array.isArray(now) ? (now as readonly string[]) : []), value] : value
  return { ...subject, attributes: { ...subject.attributes, [name]: next } }
}

type OfCircumstances = Extract<Change, { readonly kind: 'signal' | 'observed' | 'method' | 'device' | 'proof' | 'known' }>

function otherwise(now: Circumstances, change: OfCircumstances): Circumstances {
  const { device } = now
  switch (change.kind) {
    case 'proof':
      return { ...now, proof: change.proof }
    case 'known':
      return { ...now, degraded: now.degraded.filter(word => !change.degraded.includes(word)) }
    case 'device':
      return withDevice(now, change.device)
    case 'signal':
      return device === undefined ? now : { ...now, device: { ...device, [change.signal]: true } }
    case 'observed':
      return device === undefined ? now : { ...now, device: { ...device, ageMinutes: 0 } }
    case 'method':
      return device === undefined ? now : { ...now, proof: stronger(now.proof, 'dpop'), device: { ...device, method: change.method } }
  }
}

/** INVARIANT: a device makes no proof weaker, and of what the gate cannot know it tells only that its own record is overdue no more. */
function withDevice(now: Circumstances, method: Device['method']): Circumstances {
  const { source = 'assumed' } = now.device ?? {}
  const inOrder: Device = { method, source, managed: true, encrypted: true, patched: true, ageMinutes: 0 }
  if (method === 'asserted') return { ...now, device: inOrder }
  return { proof: stronger(now.proof, 'dpop'), device: inOrder, degraded: now.degraded.filter(word => word !== 'posture-stale') }
}

const proofs: readonly ProofKind[] = ['bearer', 'dpop', 'mtls']
const stronger = (one: ProofKind, other: ProofKind): ProofKind => (proofs.indexOf(one) < proofs.indexOf(other) ? other : one)
