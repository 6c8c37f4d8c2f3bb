import { describe, expect, it } from 'vitest'
import { checkAddress, isPublicAddress } from './address.ts'

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '1.1.1.1', '172.15.0.1', '172.32.0.1', '100.63.0.1', '2606:4700::1111', '2a00:1450::1'])('%s is', address => {
    expect(isPublicAddress(address)).toBe(true)
  })
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'ff02::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'not an address',
    '',
  ])('%s is not', address => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

describe('checkAddress', () => {
  const check = (url: string, allowPrivate: boolean): Promise<string> =>
    checkAddress(new URL(url), { allowPrivate }).then(
      () => 'taken',
      error => (error as Error).message,
    )
  it('in production: TLS and a public address only', async () => {
    expect(await check('https://8.8.8.8/x', false)).toBe('taken')
    for (const url of [
      'https://127.0.0.1',
      'https://localhost',
      'https://[::1]',
      'https://169.254.169.254',
      'https://2130706433',
      'https://0x7f.1',
    ])
      expect(await check(url, false)).toBe('address: not public')
    expect(await check('http://8.8.8.8', false)).toBe('address: not https')
    expect(await check('file:///etc/passwd', false)).toBe('address: not https')
    for (const url of ['https://user:secret@8.8.8.8', 'https://user@8.8.8.8', 'https://:secret@8.8.8.8'])
      expect(await check(url, false)).toBe('address: credentials in it')
  })
  it('in development: plain http on this machine too, and nowhere else', async () => {
    for (const url of ['http://127.0.0.1:4810', 'http://localhost:1', 'http://[::1]:1', 'https://10.0.0.1'])
      expect(await check(url, true)).toBe('taken')
    expect(await check('http://10.0.0.1', true)).toBe('address: not https')
    expect(await check('file:///etc/passwd', true)).toBe('address: not https')
  })
})
