import type { Name } from '../model/index.ts'
import type { PlacedTree } from './custom-properties.ts'
import { asFields, type Fields } from './fields.ts'
import type { PolicyText } from './mesh.ts'
import { knownOnly } from './named.ts'
import type { Place } from './report.ts'
import type { ContractScope } from './scope.ts'

/** Who may use a product, for which purposes: one entry of `selvageAccess`. */
export interface Access {
  readonly role: string
  readonly purposes: readonly string[]
  /** Absent: all tables of the product. */
  readonly tables?: readonly Name[]
  readonly place: Place
}

/**
 * The custom property `selvageAccess` of a contract, for products whose owner writes no Cedar:
 *
 * ```yaml
 * customProperties:
 *   - property: selvageAccess
 *     value:
 *       - { role: analyst, purposes: [analytics] }
 *       - { role: agent, purposes: [support], tables: [orders] }
 * ```
 */
export function parseAccess(own: PlacedTree | undefined, tables: readonly Name[], { taxonomy, report }: ContractScope): readonly Access[] {
  if (own === undefined) return []
  if (own.value.kind !== 'list') {
    report('yaml.type', own.value.place, '`selvageAccess` must be a list')
    return []
  }
  const seen = new Set<string>()
  return own.value.items.flatMap(item => {
    const entry = asFields(item, 'selvageAccess', ['role', 'purposes', 'tables'], report)
    const role = entry?.needText('role')
    if (entry === undefined || role === undefined) return []
    const [known] = knownOnly([role], taxonomy && new Set(taxonomy.roles), 'contract.access', 'role', report)
    const purposes = parsePurposes(entry, taxonomy?.purposes)
    const named = knownOnly(entry.texts('tables'), new Set<string>(tables), 'contract.access', 'table of this contract', report)
    if (entry.has('tables') && named.length === 0 && entry.list('tables').length === 0)
      report('contract.access', entry.placeOf('tables'), 'no table is listed')
    if (seen.has(role.text)) report('name.duplicate', role.place, `the role \`${role.text.slice(0, 60)}\` stands here twice`)
    seen.add(role.text)
    const only = entry.has('tables') ? { tables: named as Name[] } : {}
    return known === undefined ? [] : [{ role: known, purposes, ...only, place: item.place }]
  })
}

function parsePurposes(entry: Fields, known: ReadonlyMap<string, unknown> | undefined): string[] {
  entry.need('purposes')
  if (entry.has('purposes') && entry.list('purposes').length === 0)
    entry.report('contract.access', entry.placeOf('purposes'), 'no purpose is listed')
  return knownOnly(entry.texts('purposes'), known, 'contract.access', 'purpose', entry.report)
}

/**
 * The permits that the entries stand for, as Cedar: ids `domain/product/role`, or `domain/product/role/table`. Each stands in
 * the line of its entry, so that whatever is found in it has its place in the contract.
 */
export function accessPolicies(domain: Name, product: Name, path: string, access: readonly Access[]): PolicyText | undefined {
  if (access.length === 0) return undefined
  let text = ''
  let line = 1
  for (const entry of access) {
    text += '\n'.repeat(Math.max(0, entry.place.line - line))
    line = Math.max(line, entry.place.line)
    text += permits(domain, product, entry).join(' ')
  }
  return { path, text }
}

function permits(domain: Name, product: Name, { role, purposes, tables }: Access): string[] {
  const id = `${domain}/${product}/${role}`
  if (tables === undefined) return [permit(id, role, `Mesh::Product::"${domain}.${product}"`, purposes)]
  return tables.map(table => permit(`${id}/${table}`, role, `Mesh::Table::"${domain}.${product}.${table}"`, purposes))
}

// Names, roles and purposes hold nothing that would end a text of Cedar: all were found among the mesh's own.
function permit(id: string, role: string, resource: string, purposes: readonly string[]): string {
  const when = purposes.map(purpose => `context.purpose in Mesh::Purpose::"${purpose}"`).join(' || ')
  const head = `permit (principal in Mesh::Role::"${role}", action in Mesh::Action::"use", resource in ${resource})`
  return `@id("${id}") @reason("the contract opens it to ${role} for ${purposes.join(', ')}") ${head} when { ${when} };`
}
