import { asFields, asText, type Fields } from './fields.ts'
import type { AttributeType, Taxonomy } from './mesh.ts'
import { knownOnly } from './named.ts'
import { quoted } from './report.ts'
import type { Tree } from './tree.ts'

/** Somebody whom a decision table names: as whoever trusts no issuer would describe them. */
export interface TestSubject {
  readonly name: string
  readonly kind: 'User' | 'Workload' | 'Agent'
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly attributes: Readonly<Record<string, SubjectValue>>
}

export type SubjectValue = string | number | boolean | readonly string[]

/** `who` of a decision table, by name; absent where all are logins of a directory. */
export function parseTestSubjects(fields: Fields, taxonomy: Taxonomy): ReadonlyMap<string, TestSubject> {
  const out = new Map<string, TestSubject>()
  for (const [name, { value }] of fields.entries('who')) {
    const subject = parseSubject(name, value, fields, taxonomy)
    if (subject !== undefined) out.set(name, subject)
  }
  return out
}

function parseSubject(name: string, tree: Tree, parent: Fields, taxonomy: Taxonomy): TestSubject | undefined {
  const fields = asFields(tree, name, ['kind', 'roles', 'groups', 'attributes'], parent.report)
  if (fields === undefined) return undefined
  const roles = knownOnly(fields.texts('roles'), new Set(taxonomy.roles), 'test.unknown', 'role', fields.report)
  const groups = knownOnly(fields.texts('groups'), new Set(taxonomy.groups), 'test.unknown', 'group', fields.report)
  return { name, kind: parseKind(fields), roles, groups, attributes: parseAttributes(fields, taxonomy) }
}

function parseKind(fields: Fields): TestSubject['kind'] {
  const kind = fields.text('kind')
  if (kind === undefined || kind.text === 'User') return 'User'
  if (kind.text === 'Workload' || kind.text === 'Agent') return kind.text
  fields.report('test.unknown', kind.place, `${quoted(kind.text)} is none of User, Workload and Agent`)
  return 'User'
}

function parseAttributes(fields: Fields, { subjectAttributes }: Taxonomy): TestSubject['attributes'] {
  const out: Record<string, SubjectValue> = {}
  for (const [name, { keyPlace, value }] of fields.entries('attributes')) {
    const type = subjectAttributes.get(name)
    if (type === undefined) fields.report('test.unknown', keyPlace, `there is no subject attribute ${quoted(name)}`)
    const read = type === undefined ? undefined : readAttribute(value, name, type, fields)
    if (read !== undefined) out[name] = read
  }
  return out
}

/** A value of the type that the taxonomy gives to the attribute, or a finding. */
export function readAttribute(tree: Tree, name: string, type: AttributeType, { report }: Fields): SubjectValue | undefined {
  if (type === 'strings' && tree.kind === 'list') return tree.items.flatMap(item => asText(item, name, report)?.text ?? [])
  if (tree.kind === 'scalar') {
    if (type === 'string' && typeof tree.value === 'string') return tree.value
    if (type === 'integer' && Number.isSafeInteger(tree.value)) return Number(tree.value)
    if (type === 'boolean' && typeof tree.value === 'boolean') return tree.value
  }
  report('yaml.type', tree.place, `\`${name}\` must be of the type that the taxonomy gives it, ${type}`)
  return undefined
}
