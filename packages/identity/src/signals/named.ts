import type { Change } from './change.ts'
import type { SimpleIdentifier, SubjectIdentifier } from './subject-identifier.ts'

/** Ids of one issuer. */
interface Named {
  readonly users: readonly string[]
  readonly sessions: readonly string[]
  readonly tokens: readonly string[]
  readonly devices: readonly string[]
  readonly clients: readonly string[]
}

/** Keycloak's word for all sessions of a user. */
const allSessions = 'ALL'

/** Whose names they are. */
export interface Issuing {
  readonly issuer: string
  /** The claim that its tokens have an id in, if they have one. */
  readonly tokenId?: string | undefined
}

/** Times are seconds since 1970. */
export interface Word {
  /** Whether what it names is over, with a session whatever is issued for it; else what is issued later is good. */
  readonly isOver: boolean
  /** Tokens that were issued until then are meant. */
  readonly at: number
  /** When it came here: from then on counts what means tokens whenever they were issued. */
  readonly heardAt: number
}

/**
 * The tokens that a subject names are refused. Where it names less than a token says (a device, one application of a
 * user), more is refused, never less. Empty where it names nobody of this issuer.
 */
export function refused(subject: SubjectIdentifier, from: Issuing, { isOver, at, heardAt }: Word): readonly Change[] {
  const { users, sessions, tokens, devices, clients } = namedBy(subject, from.issuer)
  const parties = (ids: readonly string[]): Change[] => ids.map(id => ({ kind: 'party', id, at }))
  const single: Change[] = from.tokenId === undefined ? [] : tokens.map(id => ({ kind: 'token', id, at: heardAt }))
  const ofSession: Change[] = sessions.map(id => (isOver ? { kind: 'ended', id, at: heardAt } : { kind: 'session', id, at }))
  // An opaque name alone may be a user's or a session's.
  if (subject.format === 'simple') return [...parties(users), ...ofSession, ...single]
  if (sessions.length > 0 && !sessions.includes(allSessions))
    return [...ofSession, ...single, ...users.map(id => ({ kind: 'sessionless', id, at }) as const)]
  // A `jti` is in no token whose id stands in another claim, or that has none: then the rest of the name counts.
  if (single.length > 0 && from.tokenId === 'jti') return single
  if (users.length > 0) return [...single, ...parties(users)]
  if (clients.length > 0) return [...single, ...parties(clients)]
  return [...single, ...devices.map(device => ({ kind: 'posture', device, compliant: false, at }) as const)]
}

/** What is said of the device, or of whatever a user has where no device is named. */
export function posture(subject: SubjectIdentifier, issuer: string, at: number, compliant: boolean): readonly Change[] {
  const { users, devices } = namedBy(subject, issuer)
  const word = { kind: 'posture', compliant, at } as const
  if (subject.format === 'simple') return [...users.map(owner => ({ ...word, owner })), ...devices.map(device => ({ ...word, device }))]
  if (devices.length === 0) return users.map(owner => ({ ...word, owner }))
  return devices.flatMap(device => [{ ...word, device }, ...users.map(owner => ({ ...word, owner, device }))])
}

function namedBy(subject: SubjectIdentifier, issuer: string): Named {
  if (subject.format === 'simple') {
    const opaque = idsOf(subject.names)
    return {
      users: [...subsOf(subject.names, issuer), ...opaque],
      sessions: opaque,
      devices: opaque,
      clients: [],
      tokens: jtisOf(subject.names, issuer),
    }
  }
  const { user = [], session = [], device = [], application = [] } = subject
  return {
    users: [...subsOf(user, issuer), ...idsOf(user)],
    sessions: idsOf(session),
    tokens: jtisOf(session, issuer),
    devices: idsOf(device),
    clients: [...subsOf(application, issuer), ...idsOf(application)],
  }
}

/** Another issuer's subject is not this one's to speak of. */
const subsOf = (names: readonly SimpleIdentifier[], issuer: string): string[] =>
  names.flatMap(name => (name.format === 'iss_sub' && name.iss === issuer ? [name.sub] : []))
const idsOf = (names: readonly SimpleIdentifier[]): string[] => names.flatMap(name => (name.format === 'opaque' ? [name.id] : []))
const jtisOf = (names: readonly SimpleIdentifier[], issuer: string): string[] =>
  names.flatMap(name => (name.format === 'jwt_id' && name.iss === issuer ? [name.jti] : []))
