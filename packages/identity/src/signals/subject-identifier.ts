import { isBoundedText } from '../claims.ts'
import { isStrictObject, type StrictJson, type StrictObject } from '../strict-json.ts'
import { refuseSignal } from './refusal.ts'

/** A name of one thing (RFC 9493, SSF 1.0 section 3). What can be matched with a token is told apart from what never is. */
export type SimpleIdentifier =
  | { readonly format: 'iss_sub'; readonly iss: string; readonly sub: string }
  | { readonly format: 'opaque'; readonly id: string }
  | { readonly format: 'jwt_id'; readonly iss: string; readonly jti: string }
  /** An e-mail address, a telephone number and the like: they are given to others, and no principal here is one. */
  | { readonly format: 'never' }

/** The members of a complex subject that say which tokens are meant; each with all its names. */
export interface ComplexSubject {
  readonly format: 'complex'
  readonly user?: readonly SimpleIdentifier[]
  readonly session?: readonly SimpleIdentifier[]
  readonly device?: readonly SimpleIdentifier[]
  readonly application?: readonly SimpleIdentifier[]
}

export type SubjectIdentifier = ComplexSubject | { readonly format: 'simple'; readonly names: readonly SimpleIdentifier[] }

/** Names of one thing. */
const maxAliases = 8
const maxMembers = 16
const complexMembers = ['user', 'session', 'device', 'application'] as const

/** The members that a format has beside `format`: RFC 9493 section 3 allows no other. */
const membersOf: Readonly<Record<string, readonly string[]>> = {
  iss_sub: ['iss', 'sub'],
  opaque: ['id'],
  jwt_id: ['iss', 'jti'],
}

/** Throws `signal.subject`. A format that is not known here is a name that is never matched. */
export function readSubjectIdentifier(value: StrictObject): SubjectIdentifier {
  if (value.format !== 'complex') return { format: 'simple', names: readNames(value) }
  if (Object.keys(value).length > maxMembers) return refuse('members')
  const members = complexMembers.flatMap(name => {
    const member = value[name]
    return member === undefined ? [] : [[name, readNames(member)] as const]
  })
  // The others narrow (tenant, group): without them more is meant, never less.
  return { format: 'complex', ...Object.fromEntries(members) }
}

function readNames(value: StrictJson): readonly SimpleIdentifier[] {
  if (!isStrictObject(value)) return refuse('not an object')
  if (value.format !== 'aliases') return [readSimple(value)]
  const { identifiers } = value
  if (!Array.isArray(identifiers) || identifiers.length === 0 || identifiers.length > maxAliases) return refuse('identifiers')
  return identifiers.map((item: StrictJson) =>
    isStrictObject(item) && item.format !== 'aliases' && item.format !== 'complex' ? readSimple(item) : refuse('identifiers'),
  )
}

function readSimple(value: StrictObject): SimpleIdentifier {
  const { format } = value
  if (!isBoundedText(format) || format === 'complex') return refuse('format')
  if (!Object.hasOwn(membersOf, format)) return { format: 'never' }
  const members = membersOf[format]!
  const texts = members.map(name => value[name])
  if (Object.keys(value).length !== members.length + 1 || !texts.every(isBoundedText)) return refuse(format)
  return Object.fromEntries([['format', format], ...members.map((name, i) => [name, texts[i]])]) as unknown as SimpleIdentifier
}

const refuse = (what: string): never => refuseSignal('signal.claims', `sub_id: ${what}`)
