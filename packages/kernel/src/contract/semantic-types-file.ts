import { asFields, type Fields } from './fields.ts'
import type { GeneralizeMask, PartialMask, SemanticType } from './mesh.ts'
import { asName, atPlace } from './named.ts'
import { findPatternFault } from './pattern.ts'

/**
 * `semanticTypes` of the taxonomy: how masks act on values of a type. A mask that is absent makes NULL.
 *
 * ```yaml
 * email: { partial: email }                                 # first letter and domain
 * phone: { partial: { first: 0, last: 2 } }                 # ends shown, stars between
 * date_of_birth: { generalize: { date: year } }             # or month
 * age: { generalize: { bucket: 10 } }                       # lower end of its bucket
 * postal_code_us: { generalize: { digits: 3, pattern: '^[0-9]{5}$' } }   # of whole codes only
 * passport_number: {}
 * ```
 */
export function parseSemanticTypes(fields: Fields): Map<string, SemanticType> {
  const out = new Map<string, SemanticType>()
  for (const [key, { keyPlace, value }] of fields.entries('semanticTypes')) {
    const name = asName(atPlace(key, keyPlace), 'semantic type', fields.report)
    const type = asFields(value, key, ['partial', 'generalize'], fields.report)
    if (name === undefined || type === undefined) continue
    const partial = parsePartial(type)
    const generalize = parseGeneralize(type)
    out.set(key, { name, ...(partial === undefined ? {} : { partial }), ...(generalize === undefined ? {} : { generalize }) })
  }
  return out
}

const maxShown = 64

function parsePartial(type: Fields): PartialMask | undefined {
  const tree = type.find('partial')
  if (tree === undefined) return undefined
  if (tree.kind === 'scalar' && tree.value === 'email') return { kind: 'email' }
  const ends = tree.kind === 'map' ? type.fields('partial', ['first', 'last']) : undefined
  const first = ends?.integer('first') ?? 0
  const last = ends?.integer('last') ?? 0
  if (ends !== undefined && first >= 0 && last >= 0 && first + last > 0 && first + last <= maxShown) return { kind: 'ends', first, last }
  type.report('taxonomy.mask', tree.place, '`partial` is `email`, or first and last with at least one shown character')
  return undefined
}

function parseGeneralize(type: Fields): GeneralizeMask | undefined {
  const mask = type.fields('generalize', ['date', 'bucket', 'digits', 'pattern'])
  if (mask === undefined) return undefined
  const kinds = ['date', 'bucket', 'digits'].filter(kind => mask.has(kind))
  const parsed = kinds.length === 1 && mask.has('pattern') === mask.has('digits') ? parseKind(mask, kinds[0]!) : undefined
  if (parsed === undefined)
    type.report('taxonomy.mask', mask.place, '`generalize` is one of: date (year or month), bucket (a width above 0), digits with pattern')
  return parsed
}

function parseKind(mask: Fields, kind: string): GeneralizeMask | undefined {
  if (kind === 'date') {
    const to = mask.text('date')?.text
    return to === 'year' || to === 'month' ? { kind: 'date', to } : undefined
  }
  if (kind === 'bucket') {
    const width = mask.number('bucket')
    return width !== undefined && width > 0 ? { kind: 'bucket', width } : undefined
  }
  const digits = mask.integer('digits')
  const pattern = mask.needText('pattern')?.text
  if (digits === undefined || digits < 1 || digits > maxShown || pattern === undefined || findPatternFault(pattern) !== undefined)
    return undefined
  return { kind: 'prefix', digits, pattern }
}
