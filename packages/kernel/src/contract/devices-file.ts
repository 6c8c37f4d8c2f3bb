import { asFields, type Fields } from './fields.ts'
import type { DeviceSource } from './mesh.ts'
import { asName, distinct } from './named.ts'
import { quoted } from './report.ts'
import type { Tree } from './tree.ts'

/**
 * `devices` of domain.yaml, whose records of devices the domain takes. What an issuer's token says of a device needs no
 * entry here: it is the issuer's word, bound to no key.
 *
 * ```yaml
 * - source: mdm                   # its name, `context.device.source`
 *   method: managed               # managed, or attested: what its records count as
 *   key: { kty: OKP, crv: Ed25519, x: … }   # the public key that signs them; or { kty: EC, crv: P-256, x: …, y: … }
 *   maxAge: 900                   # seconds that a record counts; 900 unless given
 * - source: device_ca             # a device's certificate says that it is managed, from the day on that it was given
 *   method: managed
 *   authority: |                  # in place of `key`: the certificate that signs them, PEM
 *     -----BEGIN CERTIFICATE-----
 * ```
 */
export function parseDevices(fields: Fields): DeviceSource[] {
  const sources = fields.list('devices').flatMap(item => parseSource(item, fields) ?? [])
  return distinct(
    sources,
    ({ source }) => source,
    ({ source }) => fields.report('name.duplicate', fields.placeOf('devices'), `two sources of devices have the name ${quoted(source)}`),
  )
}

function parseSource(tree: Tree, parent: Fields): DeviceSource | undefined {
  const fields = asFields(tree, 'devices', ['source', 'method', 'key', 'maxAge', 'authority'], parent.report)
  if (fields === undefined) return undefined
  const source = asName(fields.needText('source'), 'source of devices', parent.report)
  const method = parseMethod(fields)
  const proof = fields.has('authority') ? parseAuthority(fields) : parseSigner(fields)
  return source === undefined || method === undefined || proof === undefined ? undefined : { source, method, ...proof }
}

function parseSigner(fields: Fields): { key: Key; maxAge: number } | undefined {
  const key = parseKey(fields)
  const maxAge = fields.seconds('maxAge', 'domain.device_age', 900)
  return key && { key, maxAge }
}

/** One certificate; whether it is an authority's, a gate looks. */
const pem = /^-----BEGIN CERTIFICATE-----\n(?:[A-Za-z0-9+/=]{1,76}\n){1,120}-----END CERTIFICATE-----\n?$/

function parseAuthority(fields: Fields): { authority: string } | undefined {
  const text = fields.needText('authority')
  const alone = !fields.has('key') && !fields.has('maxAge')
  if (text !== undefined && alone && pem.test(text.text)) return { authority: text.text }
  fields.report('domain.device_key', fields.placeOf('authority'), 'this is no certificate in PEM that stands alone')
  return undefined
}

type Key = Extract<DeviceSource, { readonly key: object }>['key']

function parseMethod(fields: Fields): DeviceSource['method'] | undefined {
  const method = fields.needText('method')
  if (method === undefined || method.text === 'managed' || method.text === 'attested') return method?.text as DeviceSource['method']
  fields.report('domain.device_method', method.place, `${quoted(method.text)} is neither managed nor attested`)
  return undefined
}

/** Bytes of a coordinate, base64url. */
const coordinate = /^[A-Za-z0-9_-]{43}$/

function parseKey(fields: Fields): Key | undefined {
  const tree = fields.need('key')
  const key = tree === undefined ? undefined : asFields(tree, 'key', ['kty', 'crv', 'x', 'y'], fields.report)
  if (key === undefined) return undefined
  const [kty, crv, x, y] = ['kty', 'crv', 'x', 'y'].map(name => key.text(name)?.text)
  if (x !== undefined && coordinate.test(x)) {
    if (kty === 'OKP' && crv === 'Ed25519' && y === undefined) return { kty, crv, x }
    if (kty === 'EC' && crv === 'P-256' && y !== undefined && coordinate.test(y)) return { kty, crv, x, y }
  }
  fields.report('domain.device_key', fields.placeOf('key'), 'this is no public key of Ed25519 or P-256')
  return undefined
}
