import { describe, expect, it } from 'vitest'
import { credentialsIn } from './credentials.ts'
import { codeOf } from './testing/issuer.ts'

describe('credentialsIn', () => {
  it('takes the one token, whatever the case of name and scheme', () => {
    const token = 'a.b-c_d~e+f/g=='
    expect(credentialsIn(['Host', 'x', 'Authorization', `Bearer ${token}`])).toEqual({ scheme: 'bearer', token })
    expect(credentialsIn(['AUTHORIZATION', 'bEARER abc'])).toEqual({ scheme: 'bearer', token: 'abc' })
    expect(credentialsIn(['Authorization', 'DPoP abc'])).toEqual({ scheme: 'dpop', token: 'abc' })
  })

  it('a value that reads like the name is no header', () => {
    expect(credentialsIn(['x-first', 'authorization', 'Authorization', 'Bearer abc']).token).toBe('abc')
  })

  it.each([
    [['Host', 'x'], 'identity.missing'],
    [[], 'identity.missing'],
    [['X_Authorization', 'Bearer abc'], 'identity.missing'],
    [['Proxy-Authorization', 'Bearer abc'], 'identity.missing'],
    [['Authorization', 'Bearer abc', 'authorization', 'Bearer abc'], 'request.header'],
    [['Authorization', 'Bearer abc', 'Authorization', ''], 'request.header'],
    [['Authorization', ''], 'request.header'],
    [['Authorization', 'Bearer'], 'request.header'],
    [['Authorization', 'Bearer '], 'request.header'],
    [['Authorization', 'abc'], 'request.header'],
    [['Authorization', 'Basic YTpi'], 'request.header'],
    [['Authorization', 'DPoP'], 'request.header'],
    [['Authorization', 'DPoP abc', 'Authorization', 'Bearer abc'], 'request.header'],
    [['Authorization', 'DPoP: abc'], 'request.header'],
    [['Authorization', 'Bearer  abc'], 'request.header'],
    [['Authorization', ' Bearer abc'], 'request.header'],
    [['Authorization', 'Bearer abc '], 'request.header'],
    [['Authorization', 'Bearer abc, Bearer def'], 'request.header'],
    [['Authorization', 'Bearer abc def'], 'request.header'],
    [['Authorization', 'Bearer a=b'], 'request.header'],
    [['Authorization', 'Bearer abc\n'], 'request.header'],
    [['Authorization', 'Bearer\tabc'], 'request.header'],
    [['Authorization', 'Bearer ab\u00e9'], 'request.header'],
    [['Authorization', 'Bearer realm="x"'], 'request.header'],
  ])('refuses %j with %s', async (headers, code) => {
    expect(await codeOf(() => credentialsIn(headers))).toBe(code)
  })
})
