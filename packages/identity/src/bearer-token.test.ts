import { describe, expect, it } from 'vitest'
import { bearerToken } from './bearer-token.ts'
import { codeOf } from './testing/issuer.ts'

describe('bearerToken', () => {
  it('takes the one token, whatever the case of name and scheme', () => {
    expect(bearerToken(['Host', 'x', 'Authorization', 'Bearer a.b-c_d~e+f/g=='])).toBe('a.b-c_d~e+f/g==')
    expect(bearerToken(['AUTHORIZATION', 'bEARER abc'])).toBe('abc')
  })

  it('a value that reads like the name is no header', () => {
    expect(bearerToken(['x-first', 'authorization', 'Authorization', 'Bearer abc'])).toBe('abc')
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
    [['Authorization', 'DPoP abc'], 'request.header'],
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
    expect(await codeOf(() => bearerToken(headers))).toBe(code)
  })
})
