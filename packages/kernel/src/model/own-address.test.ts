import { expect, test } from 'vitest'
import { findForeign } from './own-address.ts'

const own = { port: 7420, hosts: ['data.example.org', 'data.example.org:8443'] }
const at = (host: string | undefined, origin?: string): string | undefined => findForeign({ host, origin }, own)

test.each(['127.0.0.1:7420', 'localhost:7420', 'LocalHost:7420', '[::1]:7420', 'data.example.org', 'DATA.example.org:8443'])(
  'takes %s, also as the origin',
  host => {
    expect(at(host)).toBeUndefined()
    expect(at(host, `http://${host}`)).toBeUndefined()
    expect(at(host, `https://${host}`)).toBeUndefined()
  },
)

test.each([
  undefined,
  '',
  'evil.example',
  'evil.example:7420',
  '127.0.0.1',
  '127.0.0.1:7421',
  '127.0.0.1:74200',
  'localhost.:7420',
  '127.0.0.1.evil.example:7420',
  'evil.example@127.0.0.1:7420',
  '127.0.0.1:7420, evil.example',
  '127.1:7420',
  '2130706433:7420',
  '::1:7420',
  '[::]:7420',
  '0.0.0.0:7420',
  '127.0.0.1:07420',
  ' 127.0.0.1:7420',
  'data.example.org:7420',
  'x.data.example.org',
])('refuses the host %j', host => {
  expect(at(host)).toBe('request.host')
})

test.each([
  '',
  'null',
  'http://evil.example',
  'http://evil.example:7420',
  'http://127.0.0.1:7421',
  'http://127.0.0.1',
  'file://',
  'http://127.0.0.1:7420/',
  'http://127.0.0.1:7420@evil.example',
  'http://127.0.0.1:7420, http://evil.example',
  '127.0.0.1:7420',
  'http://evil.example#@127.0.0.1:7420',
  'chrome-extension://127.0.0.1:7420',
])('refuses the origin %j', origin => {
  expect(at('127.0.0.1:7420', origin)).toBe('request.origin')
})

test('on port 80 a name stands alone', () => {
  expect(findForeign({ host: 'localhost', origin: 'http://localhost' }, { port: 80, hosts: [] })).toBeUndefined()
})
