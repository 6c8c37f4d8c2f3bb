import { describe, expect, test } from 'vitest'
import { cut, displayWidth, plain, plainJson, plainLines } from './text.ts'

describe('what somebody else wrote', () => {
  test.each([
    ['an escape sequence', '\u001b]0;title\u0007\u001b[2J', '\\x1b]0;title\\x07\\x1b[2J'],
    ['an 8-bit control sequence', 'a\u009b31m', 'a\\x9b31m'],
    ['a line end, a tab', 'a\r\nb\tc', 'a\\x0d\\x0ab\\x09c'],
    ['reversed order', '\u202etxt\u2066\u200f', '\\u202etxt\\u2066\\u200f'],
    ['what nobody sees', 'a\u200bb\u00adc\u2028\ufeff', 'a\\u200bb\\xadc\\u2028\\ufeff'],
    ['hidden tags', 'a\u{e0041}', 'a\\udb40\\udc41'],
    ['half a pair', 'a\ud800', 'a\\ud800'],
    ['joined emoji and scripts, left as they are', '👩‍👩‍👧 नमस्ते क्‍ष', '👩‍👩‍👧 नमस्ते क्‍ष'],
    ['NULL', null, ''],
    ['a struct', { x: '\u001b' }, '{"x":"\\u001b"}'],
  ])('%s', (_, cell, shown) => {
    expect(plain(cell)).toBe(shown)
  })

  test('every code point: nothing that a terminal obeys is left, in text or in JSON, and JSON keeps its meaning', () => {
    const between = (point: number, ranges: readonly (readonly [number, number])[]): boolean =>
      ranges.some(([from, to]) => from <= point && point <= to)
    const obeyed = (text: string): boolean =>
      [...text].some(character =>
        between(character.codePointAt(0)!, [
          [0, 0x1f],
          [0x7f, 0x9f],
          [0x200b, 0x200b],
          [0x200e, 0x200f],
          [0x2028, 0x202e],
          [0x2066, 0x206f],
          [0xd800, 0xdfff],
          [0xfeff, 0xfeff],
          [0xe0020, 0xe007f],
        ]),
      )
    for (let from = 0; from < 0x11_0000; from += 0x400) {
      const text = Array.from({ length: 0x400 }, (_, i) => String.fromCodePoint(from + i)).join('')
      const json = plainJson(JSON.stringify([text]))
      expect(obeyed(plain(text)) || obeyed(json), from.toString(16)).toBe(false)
      expect(JSON.parse(json)).toEqual([text])
    }
  })

  test('messages keep their lines', () => {
    expect(plainLines('a\u001b\nb')).toBe('a\\x1b\nb')
  })
})

describe('widths', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['한글', 4],
    ['ｱ', 1],
    ['Ａ', 2],
    ['e\u0301', 1],
    ['👍', 2],
    ['👍🏽', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['❤️', 2],
    ['क्‍ष', 1],
  ])('%s: %i', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  test('is cut between what a reader sees as characters', () => {
    expect(cut('漢字かな', 5)).toBe('漢字…')
    expect(cut('a👩‍👩‍👧b', 3)).toBe('a…')
    expect(cut('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
    expect(cut('abc', 3)).toBe('abc')
  })
})
