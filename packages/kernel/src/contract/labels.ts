import type { OwnProperty, PlacedTree } from './custom-properties.ts'
import { asText, type Fields, findNear, type Placed } from './fields.ts'
import { quoted } from './report.ts'
import type { ContractScope } from './scope.ts'

/**
 * The labels of a product, table or column. They come from two places: a `tags` entry that names a label of the
 * taxonomy is that label (other tags are free), and every entry of the custom property `selvageLabels` must name
 * one. A classification word is no label here: it stands under `classification` of a column.
 */
export function readLabels(fields: Fields, own: ReadonlyMap<OwnProperty, PlacedTree>, scope: ContractScope): string[] {
  const tags = fields.texts('tags').filter(tag => isLabelTag(tag, scope))
  const stated = statedLabels(fields, own, scope)
  return [...new Set([...tags, ...stated].filter(label => isNoClassification(label, scope)).map(label => label.text))]
}

function statedLabels(fields: Fields, own: ReadonlyMap<OwnProperty, PlacedTree>, { taxonomy, report }: ContractScope): Placed[] {
  const value = own.get('selvageLabels')?.value
  if (value === undefined) return []
  if (value.kind !== 'list') {
    report('yaml.type', value.place, '`selvageLabels` must be a list')
    return []
  }
  return value.items.flatMap(item => {
    const label = asText(item, 'selvageLabels', fields.report)
    if (label === undefined) return []
    if (taxonomy?.labels.has(label.text) !== false) return [label]
    report('contract.unknown_label', label.place, `there is no label ${quoted(label.text)}`)
    return []
  })
}

function isLabelTag({ text, place }: Placed, { taxonomy, report }: ContractScope): boolean {
  if (taxonomy === undefined || taxonomy.labels.has(text)) return taxonomy !== undefined
  const near = findNear(text, taxonomy.labels.keys())
  if (near !== undefined) report('contract.tag_like_label', place, `the tag ${quoted(text)} is no label, and looks like \`${near}\``)
  return false
}

function isNoClassification({ text, place }: Placed, { taxonomy, report }: ContractScope): boolean {
  if (taxonomy?.labels.get(text)?.classification !== true) return true
  report('contract.label_is_classification', place, `${quoted(text)} is a classification word`)
  return false
}
