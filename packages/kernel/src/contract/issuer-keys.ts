import { asFields, type Fields } from './fields.ts'
import type { PinnedKey } from './mesh.ts'
import { distinct } from './named.ts'
import { quoted } from './report.ts'
import type { Tree } from './tree.ts'

const members = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use']
/** RFC 7518 section 6: what only the owner of a key may know. */
const secrets = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
const maxKeys = 100

/** What an algorithm's key is: members beside `kty`, and the curve. */
const kinds: readonly { readonly algorithm: RegExp; readonly kty: string; readonly crv?: string; readonly members: readonly string[] }[] = [
  { algorithm: /^ES256$/, kty: 'EC', crv: 'P-256', members: ['x', 'y'] },
  { algorithm: /^ES384$/, kty: 'EC', crv: 'P-384', members: ['x', 'y'] },
  { algorithm: /^ES512$/, kty: 'EC', crv: 'P-521', members: ['x', 'y'] },
  { algorithm: /^(EdDSA|Ed25519)$/, kty: 'OKP', crv: 'Ed25519', members: ['x'] },
  { algorithm: /^[RP]S\d+$/, kty: 'RSA', members: ['n', 'e'] },
]
const base64url = /^[A-Za-z0-9_-]{1,1366}$/
/** Of a 2048-bit modulus. */
const minModulusLength = 342

/** `keys` of an issuer: JWKs; undefined where there are none, and the issuer is asked. */
export function parseKeys(fields: Fields, algorithms: readonly string[]): readonly PinnedKey[] | undefined {
  if (!fields.has('keys')) return undefined
  const items = fields.list('keys')
  if (items.length === 0 || items.length > maxKeys)
    fields.report('domain.key', fields.placeOf('keys'), `from 1 to ${maxKeys} keys can be pinned`)
  const keys = items.map(item => parseKey(item, fields, algorithms)).filter(key => key !== undefined)
  const twice = (key: PinnedKey): void =>
    fields.report('name.duplicate', fields.placeOf('keys'), `two keys have the id ${quoted(key.kid ?? '')}`)
  return distinct(keys, key => key.kid ?? '', twice)
}

function parseKey(tree: Tree, parent: Fields, algorithms: readonly string[]): PinnedKey | undefined {
  const fields = asFields(tree, 'keys', [...members, ...secrets], parent.report)
  if (fields === undefined) return undefined
  if (secrets.some(name => fields.has(name))) {
    fields.report('domain.private_key', fields.place, 'this key is not public')
    return undefined
  }
  const key = Object.fromEntries(members.flatMap(name => (fields.has(name) ? [[name, fields.text(name)?.text ?? '']] : [])))
  if (isUsable(key, algorithms)) return key
  fields.report('domain.key', fields.place, 'this key verifies no token of the listed algorithms')
  return undefined
}

function isUsable(key: PinnedKey, algorithms: readonly string[]): boolean {
  const { kty, crv, kid, alg, use = 'sig', n } = key
  const of = alg === undefined ? algorithms : algorithms.filter(one => one === alg)
  const kind = kinds.find(one => one.kty === kty && one.crv === crv && of.some(name => one.algorithm.test(name)))
  if (kind === undefined || kid === undefined || kid === '' || kid.length > 256 || use !== 'sig') return false
  if (n !== undefined && n.length < minModulusLength) return false
  return kind.members.every(name => base64url.test(key[name] ?? ''))
}
