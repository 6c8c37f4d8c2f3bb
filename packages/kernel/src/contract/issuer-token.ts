import { asFields, type Fields } from './fields.ts'
import type { Issuer, TokenForm } from './mesh.ts'
import { quoted } from './report.ts'
import type { Tree } from './tree.ts'

/** RFC 9068 section 2. */
const rfc9068: TokenForm = { type: 'at+jwt', client: 'client_id', id: 'jti', require: {} }
const types = ['at+jwt', 'JWT', 'none'] as const satisfies readonly TokenForm['type'][]
const kinds = ['rfc9068', 'login', 'workload'] as const satisfies readonly Issuer['kind'][]
/** Claims that have a meaning of their own: they name neither a client nor a token. */
const reserved = new Set(['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'act', 'cnf', 'sid'])
const isClaimName = (text: string): boolean => /^[\w:/.-]{1,128}$/.test(text) && !reserved.has(text)

export function parseKind(fields: Fields): Issuer['kind'] {
  const kind = fields.text('kind')
  const known = kinds.find(one => one === kind?.text)
  if (kind !== undefined && known === undefined)
    fields.report('domain.issuer_kind', kind.place, `${quoted(kind.text)} is no kind of issuer`)
  return known ?? 'rfc9068'
}

/** `token` of an issuer: see `parseIssuers`. */
export function parseTokenForm(fields: Fields, kind: Issuer['kind']): TokenForm {
  const { report } = fields
  if (kind !== 'login') {
    if (fields.has('token')) report('domain.token_form', fields.placeOf('token'), `tokens of kind ${kind} have one form`)
    return rfc9068
  }
  const token = asFields(fields.need('token'), 'token', ['type', 'client', 'id', 'require'], report)
  if (token === undefined) return rfc9068
  token.need('client')
  const id = parseName(token, 'id') ?? 'jti'
  return {
    type: parseType(token),
    client: parseName(token, 'client') ?? '',
    ...(id === 'none' ? {} : { id }),
    require: parseRequired(token),
  }
}

function parseType(token: Fields): TokenForm['type'] {
  const type = token.text('type')
  const known = types.find(one => one === type?.text)
  if (type !== undefined && known === undefined)
    token.report('domain.token_form', type.place, `${quoted(type.text)} is no type of access token`)
  return known ?? 'at+jwt'
}

function parseName(token: Fields, key: string): string | undefined {
  const name = token.text(key)
  if (name === undefined || isClaimName(name.text)) return name?.text
  token.report('domain.token_form', name.place, `${quoted(name.text)} is no claim for the ${key}`)
  return undefined
}

function parseRequired(token: Fields): TokenForm['require'] {
  const out: Record<string, readonly (string | number | boolean)[]> = Object.create(null)
  for (const [name, { keyPlace, value }] of token.entries('require')) {
    const values = (value.kind === 'list' ? value.items : [value]).map(plainValue)
    const known = values.filter(one => one !== undefined)
    if (known.length === values.length && known.length > 0 && isClaimName(name)) out[name] = known
    else token.report('domain.token_form', keyPlace, `what ${quoted(name)} must be is no text, whole number or truth value`)
  }
  return out
}

function plainValue(tree: Tree): string | number | boolean | undefined {
  const value = tree.kind === 'scalar' ? tree.value : undefined
  if (typeof value === 'boolean' || (typeof value === 'string' && value !== '')) return value
  return Number.isSafeInteger(value) ? (value as number) : undefined
}
