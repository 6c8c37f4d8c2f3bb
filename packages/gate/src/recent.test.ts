import { describe, expect, test } from 'vitest'
import { Recent } from './recent.ts'

describe('what is remembered', () => {
  test('is bounded by count: what was used longest ago goes', () => {
    const recent = new Recent<string, number>(2)
    recent.set('a', 1)
    recent.set('b', 2)
    recent.find('a')
    recent.set('c', 3)
    expect(['a', 'b', 'c'].map(key => recent.find(key))).toEqual([1, undefined, 3])
  })

  test('is bounded by weight: long texts push others out, and one that is too long is not kept', () => {
    const recent = new Recent<string, number>(100, 10)
    recent.set('a', 1, 4)
    recent.set('b', 2, 6)
    recent.set('c', 3, 1)
    expect(['a', 'b', 'c'].map(key => recent.find(key))).toEqual([undefined, 2, 3])
    expect(recent.set('d', 4, 11)).toBe(4)
    expect(['b', 'c', 'd'].map(key => recent.find(key))).toEqual([2, 3, undefined])
  })

  test('a key that is set again weighs once', () => {
    const recent = new Recent<string, number>(100, 10)
    recent.set('a', 0, 3)
    for (let i = 0; i < 20; i += 1) recent.set('b', i, 6)
    expect(['a', 'b'].map(key => recent.find(key))).toEqual([0, 19])
  })

  test('tells what it lets go of, once each, but not what was taken', () => {
    const gone: number[] = []
    const recent = new Recent<string, number>(2, 10, value => gone.push(value))
    recent.set('a', 1, 1)
    recent.set('a', 2, 1)
    recent.set('b', 3, 1)
    recent.set('c', 4, 1)
    recent.set('d', 5, 11)
    expect(gone).toEqual([1, 2, 5])
    expect(recent.take('b')).toBe(3)
    expect(recent.take('b')).toBeUndefined()
    recent.clear()
    expect(gone).toEqual([1, 2, 5, 4])
    expect(recent.set('e', 6, 10)).toBe(6)
    expect(recent.find('e')).toBe(6)
  })
})
