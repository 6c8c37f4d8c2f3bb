import type { DeviceSource } from '@selvage/kernel/contract'
import type { Name } from '@selvage/kernel/model'
import { signTexts, type TestKey } from './token.ts'

/** What a record says; each test spoils one of these. */
export type RecordClaims = Readonly<Record<string, unknown>>

export const signRecord = (claims: RecordClaims, key: TestKey, header: object = {}): string =>
  signTexts(JSON.stringify({ alg: key.alg, typ: 'device-posture+jwt', ...header }), JSON.stringify(claims), key)

export function sourceOf(key: TestKey, source = 'mdm', maxAge = 900): DeviceSource {
  const { kty, crv, x, y } = key.jwk
  const jwk = { kty, crv, x, ...(y === undefined ? {} : { y }) } as Extract<DeviceSource, { readonly key: object }>['key']
  return { source: source as Name, method: 'managed', key: jwk, maxAge }
}
