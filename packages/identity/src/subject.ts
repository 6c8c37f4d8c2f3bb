import type { AttributeType, Issuer } from '@selvage/kernel/contract'
import type { Subject } from '@selvage/kernel/policy'
import { claimAt, type Provenance, readAttributes, texts } from './attributes.ts'
import { type Claims, isBoundedText, refuseClaim } from './claims.ts'
import { isStrictObject, type StrictJson, type StrictObject } from './strict-json.ts'

/** What the domain trusts of an issuer, and the words that the mesh has for it. */
export interface Trust {
  readonly issuer: Issuer
  readonly subjectAttributes: ReadonlyMap<string, AttributeType>
  readonly roles: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

export interface Parties {
  readonly subject: Subject
  /** The current actor first (RFC 8693 section 4.1). */
  readonly actors: readonly Subject[]
  /** Of each attribute of the subject. */
  readonly provenance: Readonly<Record<string, Provenance>>
}

export const maxActors = 4
const maxRoles = 64
/** Entra lists up to 200. */
const maxGroups = 256

/**
 * Who asks, and which agents act for them. An agent is a ceiling, so one that the issuer names as client
 * only (no `act`) acts with no role. `now` in milliseconds. Throws `identity.claims`.
 */
export function readParties(payload: StrictObject, claims: Claims, trust: Trust, now: number): Parties {
  const { issuer } = trust
  const { sub, clientId } = claims
  const kind = kindOf(sub, clientId, issuer)
  const chain = payload.act === undefined ? [] : readActors(payload.act, trust)
  if (kind === 'Agent' && chain.length > 0) return refuseClaim('act of an agent')
  const { attributes, provenance } = readAttributes(payload, trust, claims, now)
  const roles = readRoles(claimAt(payload, issuer.rolesClaim), trust)
  const groups = mapped(claimAt(payload, issuer.groupsClaim), issuer.groups, trust.groups, maxGroups, 'groups')
  const subject = freezeSubject({ kind, id: idOf(issuer, sub), roles, groups, attributes })
  return { subject, actors: Object.freeze(withClient(chain, sub, clientId, issuer)), provenance }
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

const readRoles = (value: StrictJson | undefined, { issuer, roles }: Trust): readonly string[] =>
  mapped(value, issuer.roles, roles, maxRoles, 'roles')

/**
 * Ours, through the issuer's exact map; what is not in it is none. INVARIANT: no name of an issuer's own gets any further, so that two
 * issuers with one name for a group have nothing in common.
 */
function mapped(
  value: StrictJson | undefined,
  map: Readonly<Record<string, string>>,
  known: ReadonlySet<string>,
  maxLength: number,
  what: string,
): readonly string[] {
  if (value === undefined) return []
  const ours = texts(value, maxLength, what).map(theirs => (Object.hasOwn(map, theirs) ? map[theirs] : undefined))
  return [...new Set(ours.filter(name => name !== undefined && known.has(name)))] as string[]
}

function freezeSubject(subject: Subject): Subject {
  Object.freeze(subject.roles)
  Object.freeze(subject.groups)
  Object.freeze(subject.attributes)
  return Object.freeze(subject)
}
