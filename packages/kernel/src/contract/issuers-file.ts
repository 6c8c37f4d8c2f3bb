import { asFields, asText, type Fields } from './fields.ts'
import { parseClaims, parseListClaim } from './issuer-claims.ts'
import { parseKeys } from './issuer-keys.ts'
import { parseKind, parseTokenForm } from './issuer-token.ts'
import type { Issuer, Taxonomy } from './mesh.ts'
import { asName, distinct, knownOnly } from './named.ts'
import { quoted } from './report.ts'
import { parseSignals } from './signals-file.ts'
import type { Tree } from './tree.ts'

const subjectKeys = ['roles', 'rolesClaim', 'groups', 'groupsClaim', 'attributes', 'claims', 'agents', 'workloads']
const keys = ['alias', 'kind', 'issuer', 'audience', 'algorithms', 'keys', 'maxLifetime', 'token', 'signals', ...subjectKeys]

/**
 * `issuers` of domain.yaml, whose tokens the domain takes. A principal is `alias/sub`.
 *
 * ```yaml
 * - alias: workforce
 *   issuer: https://login.example.org   # the exact `iss`
 *   kind: login                         # rfc9068 unless given; login: as `token` says; workload: for exchange only
 *   token:                              # of kind login: how its access tokens differ from RFC 9068
 *     type: JWT                         # `typ` of the header: at+jwt unless given, JWT, or none
 *     client: azp                       # the claim that names the client
 *     id: uti                           # … and the token: jti unless given; `none` where it has no name
 *     require: { typ: [Bearer, DPoP] }  # what claims must be, each one of a list
 *   audience: selvage:example           # the exact `aud`
 *   algorithms: [ES256]                 # signatures with a public key only
 *   keys: [{ kty: EC, … }]              # pinned public keys (JWKs); absent: the issuer is asked for its own
 *   maxLifetime: 600                    # longest accepted exp - iat, seconds; 600 unless given
 *   roles: { sales-owner: owner }       # the issuer's role: ours; a role that is not listed is none
 *   rolesClaim: realm_access.roles      # where they stand; `roles` unless given
 *   groups: { /sales/emea: emea-sales } # the issuer's group: ours, as for roles
 *   groupsClaim: groups                 # `groups` unless given
 *   attributes: [employee_id]           # which subject attributes it may supply, by claims of the same name …
 *   claims:                             # … and by others: ours: theirs
 *     badge: employee.badge_number
 *     trainings: { claim: trainings, maxAge: 28800 } # seconds since the login (`auth_time`, else `iat`)
 *   agents: [copilot]                   # subs (or client ids) that are agents …
 *   workloads: [nightly]                # … and workloads; all others are users
 *   signals: { … }                      # what it tells after a token was issued (`signals-file.ts`)
 * ```
 */
export function parseIssuers(fields: Fields, taxonomy: Taxonomy | undefined): Issuer[] {
  const issuers = fields.list('issuers').flatMap(item => parseIssuer(item, fields, taxonomy) ?? [])
  const twice = (what: string) => (issuer: Issuer) =>
    fields.report('name.duplicate', fields.placeOf('issuers'), `two issuers have the same ${what} ${quoted(issuer.alias)}`)
  return distinct(
    distinct(issuers, issuer => issuer.alias, twice('alias')),
    issuer => issuer.issuer,
    twice('address, one of them'),
  )
}

function parseIssuer(tree: Tree, parent: Fields, taxonomy: Taxonomy | undefined): Issuer | undefined {
  const { report } = parent
  const fields = asFields(tree, 'issuers', keys, report)
  if (fields === undefined) return undefined
  const alias = asName(fields.needText('alias'), 'issuer', report)
  const kind = parseKind(fields)
  const algorithms = parseAlgorithms(fields)
  const pinned = parseKeys(fields, algorithms)
  const rest = {
    kind,
    token: parseTokenForm(fields, kind),
    issuer: parseAddress(fields),
    audience: fields.needText('audience')?.text ?? '',
    algorithms,
    ...(pinned === undefined ? {} : { keys: pinned }),
    maxLifetime: fields.seconds('maxLifetime', 'domain.lifetime', 600),
    ...parseSubjects(fields, kind, taxonomy),
    ...parseSignals(fields),
  }
  return alias === undefined ? undefined : { alias, ...rest }
}

type Subjects = 'roles' | 'rolesClaim' | 'groups' | 'groupsClaim' | 'attributes' | 'claims' | 'agents' | 'workloads'

/** What its tokens may say of whoever asks. */
function parseSubjects(fields: Fields, kind: Issuer['kind'], taxonomy: Taxonomy | undefined): Pick<Issuer, Subjects> {
  const given = subjectKeys.find(key => fields.has(key))
  if (kind === 'workload' && given !== undefined)
    fields.report('domain.exchange_only', fields.placeOf(given), `\`${given}\` would say something of a subject`)
  return {
    roles: parseMap(fields, 'roles', taxonomy?.roles),
    rolesClaim: parseListClaim(fields, 'rolesClaim', 'roles'),
    groups: parseMap(fields, 'groups', taxonomy?.groups),
    groupsClaim: parseListClaim(fields, 'groupsClaim', 'groups'),
    ...parseClaims(fields, taxonomy),
    ...parsePrograms(fields),
  }
}

/** Plain http is for this machine only. */
const address = /^(https:\/\/[A-Za-z0-9.-]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\]))(:\d{1,5})?(\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$/

function parseAddress(fields: Fields): string {
  const issuer = fields.needText('issuer')
  if (issuer !== undefined && !address.test(issuer.text))
    fields.report('domain.issuer_url', issuer.place, `${quoted(issuer.text)} is no address of an issuer`)
  return issuer?.text ?? ''
}

const algorithms = new Set(['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'])

function parseAlgorithms(fields: Fields): string[] {
  fields.need('algorithms')
  const known = knownOnly(fields.texts('algorithms'), algorithms, 'domain.algorithm', 'public-key algorithm', fields.report)
  if (known.length === 0 && fields.list('algorithms').length === 0 && fields.has('algorithms'))
    fields.report('domain.algorithm', fields.placeOf('algorithms'), 'no algorithm is listed, so no token could verify')
  return known
}

const unknown = { roles: ['domain.unknown_role', 'role'], groups: ['domain.unknown_group', 'group'] } as const

/** Theirs to ours, letter by letter. */
function parseMap(fields: Fields, key: keyof typeof unknown, ours: readonly string[] | undefined): Record<string, string> {
  const [code, what] = unknown[key]
  const out: Record<string, string> = Object.create(null)
  for (const [theirs, { value }] of fields.entries(key)) {
    const name = asText(value, theirs, fields.report)
    if (name === undefined) continue
    if (ours?.includes(name.text) === false) fields.report(code, name.place, `there is no ${what} ${quoted(name.text)}`)
    else out[theirs] = name.text
  }
  return out
}

function parsePrograms(fields: Fields): { agents: string[]; workloads: string[] } {
  const agents = fields.texts('agents').map(item => item.text)
  const workloads = fields.texts('workloads')
  for (const { text, place } of workloads) {
    if (agents.includes(text)) fields.report('domain.agent_and_workload', place, `${quoted(text)} is listed as agent and as workload`)
  }
  return { agents, workloads: workloads.map(item => item.text) }
}
