import { describe, expect, it } from 'vitest'
import { VerifiedCache } from './verified-cache.ts'

describe('VerifiedCache', () => {
  it('holds an entry for a minute', () => {
    const cache = new VerifiedCache<number>()
    cache.add('a', 1, 1_000)
    expect(cache.find('a', 60_999)).toBe(1)
    expect(cache.find('a', 61_000)).toBe(undefined)
    expect(cache.size).toBe(0)
  })

  it('a clock that was set back does not lengthen it', () => {
    const cache = new VerifiedCache<number>()
    cache.add('a', 1, 1_000_000)
    expect(cache.find('a', 0)).toBe(undefined)
  })

  it('holds ten thousand, the least recently used out first', () => {
    const cache = new VerifiedCache<number>()
    for (let i = 0; i < 10_000; i++) cache.add(`k${i}`, i, 0)
    expect(cache.find('k0', 1)).toBe(0)
    cache.add('new', -1, 1)
    expect(cache.size).toBe(10_000)
    expect(cache.find('k0', 1)).toBe(0)
    expect(cache.find('k1', 1)).toBe(undefined)
    expect(cache.find('new', 1)).toBe(-1)
  })

  it('has a key that no other verifier or token shares', () => {
    const keys = [
      VerifiedCache.key('v', 'token'),
      VerifiedCache.key('w', 'token'),
      VerifiedCache.key('v', 'tokeN'),
      VerifiedCache.key('vt', 'oken'),
      VerifiedCache.key('', 'vtoken'),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })
})
