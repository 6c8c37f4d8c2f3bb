import type { AttributeType, Issuer } from '@selvage/kernel/contract'
import type { AttributeValue, Subject } from '@selvage/kernel/policy'
import { isBoundedText, refuseClaim } from './claims.ts'
import { isStrictObject, type StrictJson, type StrictObject } from './strict-json.ts'

/** What the domain trusts of an issuer, and the words that the mesh has for it. */
export interface Trust {
  readonly issuer: Issuer
  readonly subjectAttributes: ReadonlyMap<string, AttributeType>
  readonly roles: ReadonlySet<string>
}

export interface Parties {
  readonly subject: Subject
  /** The current actor first (RFC 8693 section 4.1). */
  readonly actors: readonly Subject[]
}

const maxActors = 4
const maxRoles = 64
const maxListLength = 64

/**
 * Who asks, and which agents act for them. An agent is a ceiling, so one that the issuer names as client
 * only (no `act`) acts with no role. Throws `identity.claims`.
 */
export function readParties(payload: StrictObject, sub: string, clientId: string, trust: Trust): Parties {
  const { issuer } = trust
  const kind = kindOf(sub, clientId, issuer)
  const chain = payload.act === undefined ? [] : readActors(payload.act, trust)
  if (kind === 'Agent' && chain.length > 0) return refuseClaim('act of an agent')
  const attributes = readAttributes(payload, trust)
  const subject = freezeSubject({ kind, id: idOf(issuer, sub), roles: readRoles(payload.roles, trust), groups: [], attributes })
  return { subject, actors: Object.freeze(withClient(chain, sub, clientId, issuer)) }
}

const idOf = (issuer: Issuer, sub: string): string => `${issuer.alias}/${sub}`

function kindOf(sub: string, clientId: string, issuer: Issuer): Subject['kind'] {
  if (issuer.agents.includes(sub)) return 'Agent'
  return issuer.workloads.includes(sub) || issuer.workloads.includes(clientId) ? 'Workload' : 'User'
}

function withClient(chain: readonly Subject[], sub: string, clientId: string, issuer: Issuer): readonly Subject[] {
  const id = idOf(issuer, clientId)
  const acts = issuer.agents.includes(clientId) && clientId !== sub && !chain.some(actor => actor.id === id)
  return acts ? [agent(id, []), ...chain] : chain
}

/** RFC 8693: the outermost `act` is who acts now, a nested one who acted before. Each is a registered agent of this issuer. */
function readActors(act: StrictJson, trust: Trust): Subject[] {
  const actors: Subject[] = []
  for (let next: StrictJson | undefined = act; next !== undefined; next = next.act) {
    if (!isStrictObject(next) || actors.length === maxActors) return refuseClaim('act')
    const { sub, iss } = next
    if (!isBoundedText(sub) || !trust.issuer.agents.includes(sub)) return refuseClaim('act.sub')
    if (iss !== undefined && iss !== trust.issuer.issuer) return refuseClaim('act.iss')
    actors.push(agent(idOf(trust.issuer, sub), readRoles(next.roles, trust)))
  }
  return actors
}

const agent = (id: string, roles: readonly string[]): Subject => freezeSubject({ kind: 'Agent', id, roles, groups: [], attributes: {} })

/** Ours, through the issuer's exact map; a role that is not in it is none. */
function readRoles(value: StrictJson | undefined, { issuer, roles }: Trust): readonly string[] {
  if (value === undefined) return []
  const ours = texts(value, maxRoles, 'roles').map(theirs => (Object.hasOwn(issuer.roles, theirs) ? issuer.roles[theirs] : undefined))
  return [...new Set(ours.filter(role => role !== undefined && roles.has(role)))] as string[]
}

function readAttributes(payload: StrictObject, { issuer, subjectAttributes }: Trust): Record<string, AttributeValue> {
  const out: Record<string, AttributeValue> = Object.create(null)
  for (const name of issuer.attributes) {
    const type = subjectAttributes.get(name)
    const value = payload[name]
    if (type !== undefined && value !== undefined) out[name] = readAttribute(value, type)
  }
  return out
}

/** Of the declared type, never coerced. */
function readAttribute(value: StrictJson, type: AttributeType): AttributeValue {
  if (type === 'strings') return texts(value, maxListLength, 'attribute')
  if (type === 'string' && isBoundedText(value)) return value
  if (type === 'integer' && Number.isSafeInteger(value)) return value as number
  if (type === 'boolean' && typeof value === 'boolean') return value
  return refuseClaim('attribute')
}

function texts(value: StrictJson, maxLength: number, what: string): readonly string[] {
  if (!Array.isArray(value) || value.length > maxLength || !value.every(isBoundedText)) return refuseClaim(what)
  return Object.freeze([...value])
}

function freezeSubject(subject: Subject): Subject {
  Object.freeze(subject.roles)
  Object.freeze(subject.groups)
  Object.freeze(subject.attributes)
  return Object.freeze(subject)
}
