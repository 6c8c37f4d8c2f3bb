import { asFields, asText, type Fields } from './fields.ts'
import { findCycles } from './graph.ts'
import type { AttributeType, Label, Purpose, Taxonomy } from './mesh.ts'
import { asHyphenatedName, asName, atPlace, knownOnly } from './named.ts'
import { quoted, type Report } from './report.ts'
import { parseSemanticTypes } from './semantic-types-file.ts'
import type { Tree } from './tree.ts'

/**
 * `guardrails/taxonomy.yaml`, the words that contracts and policies may use:
 *
 * ```yaml
 * labels:                       # a tree: a label stands below its parents
 *   restricted: { classification: true, kind: restricting }   # a classification word; these are exclusive
 *   pii: { kind: restricting, description: Names a person. }  # inherited along lineage by union
 *   open: { kind: releasing, parents: [] }                    # inherited by intersection
 * purposes:                     # a tree too
 *   analytics: { iri: https://w3id.org/dpv#ServiceUsageAnalytics, parents: [] }
 * semanticTypes:                # see parseSemanticTypes
 *   email: { partial: email }
 * subjectAttributes:            # string, integer, boolean or strings; every one is optional in policies
 *   employee_id: integer
 * roles: [analyst, owner]
 * groups: [emea-analysts]       # as policies name them; each issuer's own are mapped to these
 * ```
 */
export function parseTaxonomyFile(tree: Tree, report: Report): Taxonomy | undefined {
  const fields = asFields(tree, 'taxonomy.yaml', ['labels', 'purposes', 'semanticTypes', 'subjectAttributes', 'roles', 'groups'], report)
  if (fields === undefined) return undefined
  const labels = parseLabels(fields)
  const purposes = parsePurposes(fields)
  return {
    labels,
    purposes,
    semanticTypes: parseSemanticTypes(fields),
    subjectAttributes: parseSubjectAttributes(fields),
    roles: parseNames(fields, 'roles', 'role'),
    groups: parseNames(fields, 'groups', 'group'),
  }
}

const parseNames = (fields: Fields, key: string, what: string): string[] =>
  knownOnly(fields.texts(key), undefined, 'name.invalid', what, fields.report).filter(
    name => asHyphenatedName(atPlace(name, fields.placeOf(key)), what, fields.report) !== undefined,
  )

function parseLabels(fields: Fields): Map<string, Label> {
  const out = new Map<string, Label>()
  for (const [name, { keyPlace, value }] of fields.entries('labels')) {
    const label = asFields(value, name, ['kind', 'classification', 'parents', 'description'], fields.report)
    if (asHyphenatedName(atPlace(name, keyPlace), 'label', fields.report) === undefined || label === undefined) continue
    const description = label.text('description')?.text
    out.set(name, {
      name,
      kind: parseKind(label),
      classification: label.boolean('classification') ?? false,
      parents: label.texts('parents').map(parent => parent.text),
      ...(description === undefined ? {} : { description }),
    })
  }
  checkTree(fields, 'labels', out)
  return out
}

function parseKind(label: Fields): Label['kind'] {
  const kind = label.needText('kind')
  if (kind !== undefined && kind.text !== 'restricting' && kind.text !== 'releasing')
    label.report('taxonomy.kind', kind.place, `${quoted(kind.text)} is no kind of label`)
  return kind?.text === 'releasing' ? 'releasing' : 'restricting'
}

function parsePurposes(fields: Fields): Map<string, Purpose> {
  const out = new Map<string, Purpose>()
  for (const [name, { keyPlace, value }] of fields.entries('purposes')) {
    const purpose = asFields(value, name, ['iri', 'parents'], fields.report)
    if (asHyphenatedName(atPlace(name, keyPlace), 'purpose', fields.report) === undefined || purpose === undefined) continue
    const iri = purpose.needText('iri')
    if (iri !== undefined && !/^https?:\/\/[^\s<>"{}|\\^`]+$/.test(iri.text))
      fields.report('taxonomy.iri', iri.place, `${quoted(iri.text)} is no absolute IRI`)
    out.set(name, { name, iri: iri?.text ?? '', parents: purpose.texts('parents').map(parent => parent.text) })
  }
  checkTree(fields, 'purposes', out)
  return out
}

/** Parents exist, and nothing stands below itself. */
function checkTree(
  fields: Fields,
  key: 'labels' | 'purposes',
  entries: ReadonlyMap<string, { readonly name: string; readonly parents: readonly string[] }>,
): void {
  const places = new Map(fields.entries(key).map(([name, { keyPlace }]) => [name, keyPlace]))
  for (const { name, parents } of entries.values()) {
    for (const parent of parents) {
      if (!entries.has(parent))
        fields.report('taxonomy.unknown_parent', places.get(name), `${quoted(name)} has the unknown parent ${quoted(parent)}`)
    }
  }
  for (const name of findCycles(entries)) fields.report('taxonomy.cycle', places.get(name), `${quoted(name)} stands below itself`)
}

const attributeTypes: readonly string[] = ['string', 'integer', 'boolean', 'strings'] satisfies AttributeType[]
const isAttributeType = (text: string): text is AttributeType => attributeTypes.includes(text)

function parseSubjectAttributes(fields: Fields): Map<string, AttributeType> {
  const out = new Map<string, AttributeType>()
  for (const [name, { keyPlace, value }] of fields.entries('subjectAttributes')) {
    const type = asText(value, name, fields.report)
    if (asName(atPlace(name, keyPlace), 'subject attribute', fields.report) === undefined || type === undefined) continue
    if (isAttributeType(type.text)) out.set(name, type.text)
    else fields.report('taxonomy.attribute_type', type.place, `${quoted(type.text)} is no type of an attribute`)
  }
  return out
}
