import { asFields } from './fields.ts'
import type { Baseline, Taxonomy } from './mesh.ts'
import { quoted, type Report } from './report.ts'
import type { Tree } from './tree.ts'

type Requirement = Baseline['require'][number]
type Must = Requirement['must'][number]

const musts: readonly string[] = ['description', 'owner', 'subject', 'semanticType', 'classification'] satisfies Must[]
const isMust = (text: string): text is Must => musts.includes(text)

/**
 * `guardrails/baseline.yaml`, what every column of every contract must carry:
 *
 * ```yaml
 * require:
 *   - must: [classification]            # every column
 *   - when: { label: pii }              # columns with this label, one below it, or this classification word; the
 *     must: [subject, semanticType]     # label may come from the table or the product
 * ```
 *
 * `description` and `semanticType` are the column's, `subject` its table's, `owner` its domain's.
 */
export function parseBaselineFile(tree: Tree, taxonomy: Taxonomy | undefined, report: Report): Baseline | undefined {
  const fields = asFields(tree, 'baseline.yaml', ['require'], report)
  if (fields === undefined) return undefined
  return { require: fields.list('require').flatMap(item => parseRequirement(item, taxonomy, report) ?? []) }
}

function parseRequirement(tree: Tree, taxonomy: Taxonomy | undefined, report: Report): Requirement | undefined {
  const fields = asFields(tree, 'require', ['when', 'must'], report)
  if (fields === undefined) return undefined
  const must: Must[] = []
  fields.need('must')
  for (const { text, place } of fields.texts('must')) {
    if (isMust(text)) must.push(text)
    else report('baseline.requirement', place, `${quoted(text)} cannot be required`)
  }
  const label = fields.fields('when', ['label'])?.needText('label')
  if (label !== undefined && taxonomy?.labels.has(label.text) === false)
    report('baseline.unknown_label', label.place, `there is no label ${quoted(label.text)}`)
  return { when: label === undefined ? {} : { label: label.text }, must }
}
