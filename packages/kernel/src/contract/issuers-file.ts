import { asFields, asText, type Fields } from './fields.ts'
import type { Issuer, Taxonomy } from './mesh.ts'
import { asName, distinct, knownOnly } from './named.ts'
import { quoted } from './report.ts'
import type { Tree } from './tree.ts'

const keys = ['alias', 'issuer', 'audience', 'algorithms', 'maxLifetime', 'roles', 'attributes', 'agents', 'workloads']

/**
 * `issuers` of domain.yaml, whose tokens the domain takes. A principal is `alias/sub`.
 *
 * ```yaml
 * - alias: workforce
 *   issuer: https://login.example.org   # the exact `iss`
 *   audience: selvage:example           # the exact `aud`
 *   algorithms: [ES256]                 # signatures with a public key only
 *   maxLifetime: 600                    # longest accepted exp - iat, seconds; 600 unless given
 *   roles: { sales-owner: owner }       # the issuer's role: ours; a role that is not listed is none
 *   attributes: [employee_id]           # which subject attributes it may supply
 *   agents: [copilot]                   # subs (or client ids) that are agents …
 *   workloads: [nightly]                # … and workloads; all others are users
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
  const attributes = knownOnly(
    fields.texts('attributes'),
    taxonomy?.subjectAttributes,
    'domain.unknown_attribute',
    'subject attribute',
    report,
  )
  const programs = parsePrograms(fields)
  const rest = {
    issuer: parseAddress(fields),
    audience: fields.needText('audience')?.text ?? '',
    algorithms: parseAlgorithms(fields),
    maxLifetime: parseLifetime(fields),
    roles: parseRoles(fields, taxonomy),
  }
  return alias === undefined ? undefined : { alias, ...rest, attributes, ...programs }
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

function parseLifetime(fields: Fields): number {
  const seconds = fields.integer('maxLifetime')
  if (seconds !== undefined && (seconds < 1 || seconds > 86_400))
    fields.report('domain.lifetime', fields.placeOf('maxLifetime'), `${seconds} seconds is out of bounds`)
  return seconds ?? 600
}

function parseRoles(fields: Fields, taxonomy: Taxonomy | undefined): Record<string, string> {
  const known = taxonomy && new Set(taxonomy.roles)
  const out: Record<string, string> = Object.create(null)
  for (const [theirs, { value }] of fields.entries('roles')) {
    const ours = asText(value, theirs, fields.report)
    if (ours === undefined) continue
    if (known?.has(ours.text) === false) fields.report('domain.unknown_role', ours.place, `there is no role ${quoted(ours.text)}`)
    else out[theirs] = ours.text
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
