import { describe, expect, test } from 'vitest'
import { callExtension, parseDecimal } from './extension.ts'
import { parseIp } from './ip-address.ts'
import { parseDatetime, parseDuration } from './time.ts'

// Cases of docs.cedarpolicy.com (Data types, Operators and functions), and what stands next to them.

describe('decimal', () => {
  test.each([
    ['1.0', 10_000n],
    ['-1.2345', -12_345n],
    ['0.0001', 1n],
    ['00.10', 1_000n],
    ['922337203685477.5807', 9_223_372_036_854_775_807n],
    ['-922337203685477.5808', -9_223_372_036_854_775_808n],
  ])('%s', (text, value) => expect(parseDecimal(text)).toEqual({ kind: 'decimal', value }))
  test.each(['', '1', '1.', '.1', '1.23456', '+1.0', '1.0 ', '1e1.0', '922337203685477.5808', '١.٠'])('%j is none', text =>
    expect(parseDecimal(text)).toBeUndefined(),
  )
})

describe('ip', () => {
  test.each([
    ['127.0.0.1', 32, 0x7f00_0001n, 32],
    ['10.0.0.0/8', 32, 0x0a00_0000n, 8],
    ['::', 128, 0n, 128],
    ['::1/128', 128, 1n, 128],
    ['1:2:3:4:5:6:7:8', 128, 0x0001_0002_0003_0004_0005_0006_0007_0008n, 128],
    ['ffff::', 128, 0xffffn << 112n, 128],
  ])('%s', (text, bits, address, prefix) => expect(parseIp(text)).toEqual({ kind: 'ipaddr', bits, address, prefix }))
  test.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '256.0.0.1',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '1.2.3.4/',
    '::1::',
    '1:2',
    ':::',
    '::/129',
    '::ffff:1.2.3.4',
    '12345::',
    'g::',
  ])('%j is none', text => expect(parseIp(text)).toBeUndefined())
  const ip = (text: string) => parseIp(text)!
  test.each([
    ['isLoopback', '127.0.0.0/8', true],
    ['isLoopback', '127.0.0.0/7', false],
    ['isLoopback', '::1', true],
    ['isLoopback', '::1/127', false],
    ['isMulticast', '224.0.0.0/4', true],
    ['isMulticast', 'ff00::/8', true],
    ['isMulticast', 'fe00::/8', false],
  ] as const)('%s of %s', (name, text, expected) => expect(callExtension(name, [ip(text)])).toBe(expected))
  test.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['10.0.0.0/8', '10.1.2.3', false],
    ['11.0.0.0', '0.0.0.0/0', true],
    ['::1', '0.0.0.0/0', false],
  ])('%s is in %s: %s', (one, other, expected) => expect(callExtension('isInRange', [ip(one), ip(other)])).toBe(expected))
})

describe('datetime and duration', () => {
  const at = (text: string) => parseDatetime(text)!
  test.each([
    ['1970-01-01', 0n],
    ['2024-02-29', BigInt(Date.UTC(2024, 1, 29))],
    ['2024-10-15T11:35:00Z', BigInt(Date.UTC(2024, 9, 15, 11, 35))],
    ['2024-10-15T11:35:00.123Z', BigInt(Date.UTC(2024, 9, 15, 11, 35, 0, 123))],
    ['2024-10-15T11:35:00+0100', BigInt(Date.UTC(2024, 9, 15, 10, 35))],
    ['2024-10-15T11:35:00.000-0100', BigInt(Date.UTC(2024, 9, 15, 12, 35))],
    ['1969-12-31T23:59:59.999Z', -1n],
  ])('%s', (text, value) => expect(parseDatetime(text)).toEqual({ kind: 'datetime', value }))
  test('every day of four centuries is where the calendar has it', () => {
    for (let day = Date.UTC(1799, 11, 31); day < Date.UTC(2200, 2, 2); day += 86_400_000)
      expect(parseDatetime(new Date(day).toISOString().slice(0, 10))).toEqual({ kind: 'datetime', value: BigInt(day) })
  })
  test.each([
    '',
    '2024',
    '2024-1-1',
    '2023-02-29',
    '2024-13-01',
    '2024-01-01T00:00:00',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01T00:00:00.12Z',
    '2024-01-01T00:00:00+2400',
    '2024-01-01T00:00:00+01:00',
  ])('%j is no datetime', text => expect(parseDatetime(text)).toBeUndefined())
  test.each([
    ['1d2h3m4s5ms', 93_784_005n],
    ['-1h', -3_600_000n],
    ['90m', 5_400_000n],
    ['0ms', 0n],
    ['9223372036854775807ms', 9_223_372_036_854_775_807n],
    ['-9223372036854775808ms', -9_223_372_036_854_775_808n],
  ])('%s', (text, value) => expect(parseDuration(text)).toEqual({ kind: 'duration', value }))
  test.each(['', '-', 'd', '1', '1h1d', '1s1s', '1ms1s', '+1s', '1 s', '9223372036854775808ms'])('%j is no duration', text =>
    expect(parseDuration(text)).toBeUndefined(),
  )
  test.each([
    ['toDate', '1969-12-31T23:59:59.999Z', 'datetime', -86_400_000n],
    ['toTime', '1969-12-31T23:59:59.999Z', 'duration', 86_399_999n],
    ['toDate', '2024-02-29', 'datetime', BigInt(Date.UTC(2024, 1, 29))],
  ] as const)('%s of %s', (name, text, kind, value) => expect(callExtension(name, [at(text)])).toEqual({ kind, value }))
  test.each([
    ['toDays', '-25h', -1n],
    ['toHours', '90m', 1n],
    ['toMinutes', '-90s', -1n],
    ['toSeconds', '-1500ms', -1n],
    ['toMilliseconds', '1s', 1_000n],
  ] as const)('%s of %s', (name, text, value) => expect(callExtension(name, [parseDuration(text)!])).toBe(value))
  test('what leaves 64 bits errs, and so does what is of another type', () => {
    expect(callExtension('offset', [at('2024-01-01'), parseDuration('9223372036854775807ms')!])).toBeUndefined()
    expect(callExtension('offset', [parseDuration('1s')!, parseDuration('1s')!])).toBeUndefined()
    expect(callExtension('lessThan', [parseDecimal('1.0')!, 1n])).toBeUndefined()
    expect(callExtension('decimal', [1n])).toBeUndefined()
  })
})
