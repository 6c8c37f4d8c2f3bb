import type { Name } from '../model/index.ts'
import { parseDevices } from './devices-file.ts'
import { asFields, type Fields } from './fields.ts'
import { parseIssuers } from './issuers-file.ts'
import type { Domain, Taxonomy } from './mesh.ts'
import { knownOnly } from './named.ts'
import type { Report } from './report.ts'
import type { Tree } from './tree.ts'

/** What domain.yaml says. */
export type DomainFile = Omit<Domain, 'policies' | 'products'>

/**
 * `domains/<domain>/domain.yaml`:
 *
 * ```yaml
 * title: Sales                          # optional
 * owner: sales-data@example.org         # who answers for the domain
 * escalation: [data-office@example.org] # whom to tell next, in order; optional
 * issuers: []                           # see parseIssuers
 * devices: []                           # see parseDevices
 * declare:                              # who may declare which purpose here
 *   - { role: analyst, purposes: [analytics] }
 * ```
 */
export function parseDomainFile(tree: Tree, name: Name, taxonomy: Taxonomy | undefined, report: Report): DomainFile | undefined {
  const fields = asFields(tree, 'domain.yaml', ['title', 'owner', 'escalation', 'issuers', 'devices', 'declare'], report)
  if (fields === undefined) return undefined
  const title = fields.text('title')?.text
  return {
    name,
    owner: fields.needText('owner')?.text ?? '',
    escalation: fields.texts('escalation').map(item => item.text),
    issuers: parseIssuers(fields, taxonomy),
    devices: parseDevices(fields),
    declare: parseDeclare(fields, taxonomy),
    ...(title === undefined ? {} : { title }),
  }
}

function parseDeclare(fields: Fields, taxonomy: Taxonomy | undefined): Domain['declare'] {
  const { report } = fields
  const roles = taxonomy && new Set(taxonomy.roles)
  return fields.list('declare').flatMap(item => {
    const entry = asFields(item, 'declare', ['role', 'purposes'], report)
    const role = entry?.needText('role')
    if (entry === undefined || role === undefined) return []
    entry.need('purposes')
    const purposes = knownOnly(entry.texts('purposes'), taxonomy?.purposes, 'domain.unknown_purpose', 'purpose', report)
    return knownOnly([role], roles, 'domain.unknown_role', 'role', report).map(known => ({ role: known, purposes }))
  })
}
