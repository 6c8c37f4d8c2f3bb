import { asFields, type Fields } from './fields.ts'
import type { AttributeClaim, ClaimPath, Issuer, Taxonomy } from './mesh.ts'
import { atPlace, knownOnly } from './named.ts'
import { type Place, quoted } from './report.ts'
import type { Tree } from './tree.ts'

const maxDepth = 8
const isName = (text: string): boolean => text !== '' && text.length <= 128

/** `attributes` and `claims` of an issuer: see `parseIssuers`. */
export function parseClaims(fields: Fields, taxonomy: Taxonomy | undefined): Pick<Issuer, 'attributes' | 'claims'> {
  const known = taxonomy?.subjectAttributes
  const claims: Record<string, AttributeClaim> = Object.create(null)
  for (const name of knownOnly(fields.texts('attributes'), known, 'domain.unknown_attribute', 'subject attribute', fields.report))
    claims[name] = { path: [name] }
  for (const [name, { keyPlace, value }] of fields.entries('claims')) {
    const [attribute] = knownOnly([atPlace(name, keyPlace)], known, 'domain.unknown_attribute', 'subject attribute', fields.report)
    const claim = parseClaim(fields, name, keyPlace, value)
    if (attribute === undefined || claim === undefined) continue
    if (Object.hasOwn(claims, name)) fields.report('domain.claim', keyPlace, `the attribute ${quoted(name)} has two claims`)
    else claims[name] = claim
  }
  return { attributes: Object.keys(claims), claims }
}

function parseClaim(fields: Fields, name: string, keyPlace: Place, tree: Tree): AttributeClaim | undefined {
  const own = tree.kind === 'map' ? asFields(tree, name, ['claim', 'maxAge'], fields.report) : undefined
  const path = own === undefined ? parsePath(fields, tree) : parsePath(fields, own.need('claim'))
  const maxAge = own?.integer('maxAge')
  if (maxAge !== undefined && (maxAge < 1 || maxAge > 86_400)) {
    fields.report('domain.claim', keyPlace, `${maxAge} seconds is out of bounds`)
    return undefined
  }
  return path && { path, ...(maxAge === undefined ? {} : { maxAge }) }
}

/** Text with dots between names, or a list of names, where one of them holds a dot itself. */
function parsePath({ report }: Fields, tree: Tree | undefined): ClaimPath | undefined {
  if (tree === undefined) return undefined
  const items = tree.kind === 'list' ? tree.items : [tree]
  const texts = items.flatMap(item => (item.kind === 'scalar' && typeof item.value === 'string' ? [item.value] : []))
  const path = tree.kind === 'list' ? texts : (texts[0]?.split('.') ?? [])
  if (texts.length === items.length && path.length >= 1 && path.length <= maxDepth && path.every(isName)) return path
  report('domain.claim', tree.place, 'this names no claim')
  return undefined
}

/** Under `key`, or the claim that RFC 9068 section 2.2.3.1 has for it. */
export const parseListClaim = (fields: Fields, key: string, usual: string): ClaimPath => parsePath(fields, fields.find(key)) ?? [usual]
