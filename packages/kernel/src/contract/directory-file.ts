import { type Finding, isName, type Name } from '../model/index.ts'
import { asFields, type Fields } from './fields.ts'
import type { Domain, Mesh } from './mesh.ts'
import type { TreeFile } from './parse-mesh.ts'
import { Findings, type Place, quoted, type Report } from './report.ts'
import { readAttribute, type SubjectValue, type TestSubject } from './test-subject.ts'
import type { Tree } from './tree.ts'
import { isTreePath, treePath } from './tree-path.ts'
import { parseYaml } from './yaml.ts'

/** Most logins of one tree. */
export const maxDirectoryEntries = 20_000

/** One login of an issuer, as somebody wrote it down. It informs and proves nothing: no gate decides by it. */
export interface DirectoryEntry {
  /** `login@issuer`. */
  readonly name: string
  readonly login: string
  /** The alias that domains have for it. */
  readonly issuer: Name
  /** The `sub` of its tokens. */
  readonly subject: string
  /** In the words of the issuer. */
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly attributes: ReadonlyMap<string, DirectoryAttribute>
  /** Of a domain's own directory: what it says is for that domain. */
  readonly domain?: string
}

export interface DirectoryAttribute {
  readonly value: SubjectValue
  /** Where it was taken from, and when: a day, `YYYY-MM-DD`. */
  readonly source: string
  readonly observed: string
}

export interface Directory {
  readonly entries: readonly DirectoryEntry[]
}

/**
 * The directories of a tree: `directory.yaml` beside mesh.yaml, and `domains/<domain>/directory.yaml`.
 *
 * ```yaml
 * issuer: workforce              # whose logins these are, unless one names another
 * source: hr-export              # where they were taken from …
 * observed: 2026-11-20           # … and on which day
 * people:
 *   rep: { roles: [sales-rep], groups: [/sales/emea], attributes: { employee_id: 3 } }
 *   ana: { issuer: partner, subject: 7f3a…, roles: [analyst] }      # subject: the `sub`, where it is not the login
 *   kim:
 *     roles: [clinician]
 *     attributes: { trainings: { value: [hipaa], source: lms, observed: 2026-10-01 } }
 * programs:
 *   copilot: { roles: [analyst] } # what it is to a domain, agent or workload, domain.yaml says
 * ```
 *
 * @param ofDomain the mesh holds but one of its domains, as a gate's does: an issuer that it does not trust is another domain's
 */
export function parseDirectory(
  files: readonly TreeFile[],
  mesh: Mesh,
  { ofDomain = false }: { readonly ofDomain?: boolean } = {},
): {
  readonly directory: Directory
  readonly findings: readonly Finding[]
  /** Logins that were left out, of issuers that other domains trust (see `ofDomain`). */
  readonly elsewhere: number
} {
  const findings = new Findings()
  const known: Known = { mesh, ofDomain, seen: new Set(), elsewhere: 0 }
  const entries = files.flatMap(file => {
    const at = isTreePath(file.path) ? treePath(file.path) : undefined
    if (at?.kind !== 'directory') return []
    const report = findings.reportOn(file.path)
    const tree = parseYaml(file.text, report)
    return tree === undefined ? [] : new DirectoryReading(known, at.domain, report).read(tree)
  })
  if (entries.length > maxDirectoryEntries)
    findings.reportOn('directory.yaml')(
      'directory.too_many',
      undefined,
      `the tree’s directories hold more than ${maxDirectoryEntries} logins`,
    )
  return { directory: { entries: entries.slice(0, maxDirectoryEntries) }, findings: findings.list(), elsewhere: known.elsewhere }
}

interface Origin {
  readonly source: string
  readonly observed: string
}

/** Of all directories of the tree. */
interface Known {
  readonly mesh: Mesh
  readonly ofDomain: boolean
  /** What any of them named before: `issuer/subject` and `login@issuer`. */
  readonly seen: Set<string>
  elsewhere: number
}

class DirectoryReading {
  readonly #known: Known
  readonly #domain: string | undefined
  readonly #report: Report

  constructor(known: Known, domain: string | undefined, report: Report) {
    this.#known = known
    this.#domain = domain
    this.#report = report
  }

  read(tree: Tree): DirectoryEntry[] {
    const fields = asFields(tree, 'directory.yaml', ['issuer', 'source', 'observed', 'people', 'programs'], this.#report)
    if (fields === undefined) return []
    const whole = { issuer: this.#issuer(fields), origin: this.#origin(fields) }
    return ['people', 'programs'].flatMap(key =>
      fields.entries(key).flatMap(([login, { value, keyPlace }]) => this.#entry(login, keyPlace, value, whole) ?? []),
    )
  }

  #entry(login: string, place: Place, tree: Tree, whole: { issuer: Name | undefined; origin: Origin }): DirectoryEntry | undefined {
    const fields = asFields(tree, login, ['issuer', 'subject', 'source', 'observed', 'roles', 'groups', 'attributes'], this.#report)
    if (fields === undefined) return undefined
    const issuer = fields.has('issuer') ? this.#issuer(fields) : whole.issuer
    const subject = fields.text('subject')?.text ?? login
    const attributes = this.#attributes(fields, this.#origin(fields, whole.origin))
    const [roles, groups] = ['roles', 'groups'].map(key => [...new Set(fields.texts(key).map(({ text }) => text))]) as [string[], string[]]
    if (!isLogin.test(login)) this.#report('name.invalid', place, `${quoted(login)} is no login`)
    if (issuer === undefined) this.#known.elsewhere += 1
    if (issuer === undefined || !isLogin.test(login)) return undefined
    const name = `${login}@${issuer}`
    const keys = [name, `${issuer}/${subject}`]
    if (keys.some(key => this.#known.seen.has(key)))
      this.#report('name.duplicate', place, `${quoted(name)} stands in the directories twice`)
    for (const key of keys) this.#known.seen.add(key)
    return { name, login, issuer, subject, roles, groups, attributes, ...(this.#domain === undefined ? {} : { domain: this.#domain }) }
  }

  /** One that a domain trusts; of a domain's own directory, that very domain. */
  #issuer(fields: Fields): Name | undefined {
    const alias = fields.needText('issuer')
    if (alias === undefined) return undefined
    if (isName(alias.text) && this.#domains().some(({ issuers }) => issuers.some(one => one.alias === alias.text))) return alias.text
    if (this.#known.ofDomain && isName(alias.text)) return undefined
    this.#report('directory.unknown', alias.place, `no domain that reads this trusts an issuer ${quoted(alias.text)}`)
    return undefined
  }

  #domains(): readonly Domain[] {
    return this.#domain === undefined ? this.#known.mesh.domains : this.#known.mesh.domains.filter(({ name }) => name === this.#domain)
  }

  #origin(fields: Fields, whole?: Origin): Origin {
    const source = whole === undefined ? fields.needText('source') : fields.text('source')
    const observed = whole === undefined ? fields.needText('observed') : fields.text('observed')
    if (observed !== undefined && !isDay(observed.text)) this.#report('directory.day', observed.place, `${quoted(observed.text)} is no day`)
    return { source: source?.text ?? whole?.source ?? '', observed: observed?.text ?? whole?.observed ?? '' }
  }

  #attributes(fields: Fields, origin: Origin): ReadonlyMap<string, DirectoryAttribute> {
    const out = new Map<string, DirectoryAttribute>()
    for (const [name, { keyPlace, value }] of fields.entries('attributes')) {
      const type = this.#known.mesh.taxonomy.subjectAttributes.get(name)
      if (type === undefined) {
        this.#report('directory.unknown', keyPlace, `there is no subject attribute ${quoted(name)}`)
        continue
      }
      const own = value.kind === 'map' ? asFields(value, name, ['value', 'source', 'observed'], this.#report) : undefined
      const stated = own === undefined ? value : own.need('value')
      const read = stated === undefined ? undefined : readAttribute(stated, name, type, fields)
      if (read !== undefined) out.set(name, { value: read, ...(own === undefined ? origin : this.#origin(own, origin)) })
    }
    return out
  }
}

const isLogin = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,126}$/
const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true

/** The entry of a login, or of `login@issuer`; undefined where there is none, or several. */
export function findEntry({ entries }: Directory, name: string): DirectoryEntry | undefined {
  const found = entries.filter(entry => entry.name === name || entry.login === name)
  return found.length === 1 ? found[0] : undefined
}

/**
 * Who the entry is to a domain: as its gate would take a token that says the same. Undefined where the domain does not trust
 * the issuer, or where another domain's directory says it.
 */
export function subjectIn(entry: DirectoryEntry, domain: Domain): (TestSubject & { readonly id: string }) | undefined {
  const issuer = domain.issuers.find(({ alias }) => alias === entry.issuer)
  if (issuer === undefined || (entry.domain !== undefined && entry.domain !== domain.name)) return undefined
  const kind = issuer.agents.includes(entry.subject) ? 'Agent' : issuer.workloads.includes(entry.subject) ? 'Workload' : 'User'
  const ours = (theirs: readonly string[], map: Readonly<Record<string, string>>): string[] => [
    ...new Set(theirs.flatMap(name => (Object.hasOwn(map, name) ? map[name]! : []))),
  ]
  // An agent is a ceiling of roles: an issuer supplies no groups and attributes of one (see `readParties`).
  const groups = kind === 'Agent' ? [] : ours(entry.groups, issuer.groups)
  const attributes = Object.fromEntries(
    [...entry.attributes]
      .filter(([name]) => kind !== 'Agent' && issuer.attributes.includes(name))
      .map(([name, { value }]) => [name, value]),
  )
  return { name: entry.name, id: `${issuer.alias}/${entry.subject}`, kind, roles: ours(entry.roles, issuer.roles), groups, attributes }
}
