import { SelvageError } from '@selvage/kernel/model'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DeviceTrust } from './device-trust.ts'
import { type RecordClaims, signRecord, sourceOf } from './testing/device-record.ts'
import { signTexts, testKey } from './testing/token.ts'

const key = testKey('mdm', 'EdDSA')
const other = testKey('other')
const now = 1_780_000_000_000
const seconds = now / 1_000
const jkt = 'a'.repeat(43)
const claims = { iss: 'mdm', sub: 'laptop-7', iat: seconds - 60, cnf: { jkt }, signals: { managed: true, encrypted: false } }
const records = new DeviceTrust([sourceOf(key), sourceOf(other, 'tpm')])

function codeOf(text: string): string {
  try {
    records.verify(text, now)
    return 'taken'
  } catch (error) {
    if (error instanceof SelvageError) return error.code
    throw error
  }
}
const codeWith = (change: RecordClaims, header?: object, by = key): string => codeOf(signRecord({ ...claims, ...change }, by, header))

test('a record says what its source observed, for as long as it counts', () => {
  expect(records.verify(signRecord(claims, key), now)).toEqual({
    source: 'mdm',
    method: 'managed',
    device: 'laptop-7',
    boundTo: { kind: 'jkt', thumbprint: jkt },
    signals: { managed: true, encrypted: false },
    observedAt: now - 60_000,
    expiresAt: now + 840_000,
  })
  expect(records.verify(signRecord({ ...claims, exp: seconds + 5 }, key), now).expiresAt).toBe(now + 5_000)
  expect(records.verify(signRecord({ ...claims, exp: seconds + 86_400 }, key), now).expiresAt).toBe(now + 840_000)
  expect(records.verify(signRecord({ ...claims, iss: 'tpm', cnf: { 'x5t#S256': jkt } }, other), now).source).toBe('tpm')
})

describe('nothing else is taken', () => {
  test.each<[string, string, RecordClaims, object?]>([
    ['of a source that nobody listed', 'device.source', { iss: 'mine' }],
    ['of no source', 'device.source', { iss: undefined }],
    ['of a source that is no text', 'device.source', { iss: ['mdm'] }],
    ['of another source than the one that signed', 'device.signature', { iss: 'tpm' }],
    ['of no device', 'device.claims', { sub: '' }],
    ['of a device whose id is not to be printed', 'device.claims', { sub: 'a\u202eb' }],
    ['without a time', 'device.claims', { iat: undefined }],
    ['from the future', 'device.claims', { iat: seconds + 6 }],
    ['at a time in a text', 'device.claims', { iat: `${seconds}` }],
    ['at half a second', 'device.claims', { iat: seconds - 0.5 }],
    ['that ended before it began', 'device.claims', { exp: seconds - 60 }],
    ['bound to nothing', 'device.claims', { cnf: undefined }],
    ['bound to two keys', 'device.claims', { cnf: { jkt, 'x5t#S256': jkt } }],
    ['bound to a key by its value', 'device.claims', { cnf: { jwk: {} } }],
    ['without signals', 'device.claims', { signals: undefined }],
    ['with a signal that nobody knows', 'device.claims', { signals: { managed: true, jailbroken: false } }],
    ['with a signal that is a text', 'device.claims', { signals: { managed: 'true' } }],
    ['with a claim that is not taken', 'device.claims', { aud: 'selvage:other' }],
    ['of another type', 'device.malformed', {}, { typ: 'at+jwt' }],
    ['without a type', 'device.malformed', {}, { typ: undefined }],
    ['with a key of its own', 'device.malformed', {}, { jwk: key.jwk }],
    ['with something critical', 'device.malformed', {}, { crit: ['b64'], b64: false }],
    ['without an algorithm', 'device.signature', {}, { alg: 'none' }],
    ['with a secret in place of a key', 'device.signature', {}, { alg: 'HS256' }],
    ['with the algorithm of another key', 'device.signature', {}, { alg: 'ES256' }],
  ])('%s: %s', (_, code, change, header) => {
    expect(codeWith({}, {})).toBe('taken')
    expect(codeWith(change, header)).toBe(code)
  })

  test('not of a stranger, not twice the same name, not of more than 4,096 characters', () => {
    expect(codeWith({}, {}, testKey('mdm', 'EdDSA'))).toBe('device.signature')
    const twice = JSON.stringify(claims).replace('{', '{"signals":{"managed":false},')
    expect(codeOf(signTexts(JSON.stringify({ alg: key.alg, typ: 'device-posture+jwt' }), twice, key))).toBe('device.malformed')
    expect(codeWith({ sub: 'x'.repeat(4_000) })).toBe('device.malformed')
  })

  test('nor with any one character changed', () => {
    const text = signRecord(claims, key)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'Aaz09-_.= \n'), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1)
        expect(codeOf(changed) === 'taken').toBe(changed === text)
      }),
    )
  })
})
