import { asFields, asText, type Fields, type Placed } from './fields.ts'
import { customPropertyKeys } from './odcs-keys.ts'
import { type Place, quoted } from './report.ts'
import type { Tree } from './tree.ts'

/** Ours, by level. Those of others are accepted and left alone. */
export type OwnProperty =
  | 'selvageTitle'
  | 'selvageAccess'
  | 'selvageLabels'
  | 'selvageSubject'
  | 'selvageSets'
  | 'selvageSemanticType'
  | 'selvageDelimiter'

export interface PlacedTree {
  readonly value: Tree
  readonly place: Place
}

/** The custom properties of ours at this level; a property that looks like ours and is not is a finding, and so is one given twice. */
export function readOwnProperties(fields: Fields, own: readonly OwnProperty[]): ReadonlyMap<OwnProperty, PlacedTree> {
  const out = new Map<OwnProperty, PlacedTree>()
  for (const item of fields.list('customProperties')) {
    const entry = asFields(item, 'customProperties', customPropertyKeys, fields.report)
    const property = entry?.needText('property')
    const value = entry?.need('value')
    if (property === undefined || value === undefined) continue
    const name = own.find(candidate => candidate === property.text)
    if (name !== undefined && out.has(name))
      fields.report('name.duplicate', property.place, `the custom property ${quoted(name)} stands here twice`)
    else if (name !== undefined) out.set(name, { value, place: property.place })
    else if (/^selvage/i.test(property.text))
      fields.report('contract.unknown_property', property.place, `there is no custom property ${quoted(property.text)} at this place`)
  }
  return out
}

export function textProperty(properties: ReadonlyMap<OwnProperty, PlacedTree>, name: OwnProperty, fields: Fields): Placed | undefined {
  return asText(properties.get(name)?.value, name, fields.report)
}
