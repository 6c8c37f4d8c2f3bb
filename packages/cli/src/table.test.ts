import { expect, test } from 'vitest'
import { layoutOf, tabs } from './table.ts'
import { type Cell, displayWidth } from './text.ts'

const print = (width: number, head: string[], rows: Cell[][], more = false): string[] => {
  const layout = layoutOf(head, rows, { width, more })
  return [layout.head, ...rows.flatMap(row => layout.line(row).split('\n'))]
}

const rows: Cell[][] = [
  ['1', '漢字のとても長い値がここにあります、まだまだ続きます', null],
  ['2', `e\u0301${'x'.repeat(60)}`, '👩‍👩‍👧'],
]

test.each([40, 80, 120, 200])('fits %i columns', width => {
  for (const more of [false, true])
    for (const line of print(width, ['id', 'value', 'wide'], rows, more)) expect(displayWidth(line)).toBeLessThanOrEqual(width)
})

test('columns stand below each other, whatever is in them', () => {
  expect(
    print(
      80,
      ['id', 'v', 'n'],
      [
        ['1', '漢字', 1],
        ['2', 'é', null],
        ['3', '\u001b[2J', 3],
      ],
    ),
  ).toEqual(['id  v        n', '1   漢字     1', '2   é        NULL', '3   \\x1b[2J  3'])
})

test('where columns would be too narrow, a cell a line', () => {
  expect(print(20, ['id', 'value'], [['1', 'abcdefghijklmnopqrstuvwxyz']])).toEqual(['', '── row 1', 'id    │ 1', 'value │ abcdefghijk…'])
})

test('rows that come later find room for longer keys', () => {
  const layout = layoutOf(['id', 'n'], [['1', '1']], { width: 80, more: true })
  expect(layout.line(['12345678901234567890', '1'])).toContain('12345678901234567890')
  expect(layout.cuts()).toBe(0)
  layout.line(['x'.repeat(90), '1'])
  expect(layout.cuts()).toBe(1)
})

test('no column at all, and a pipe', () => {
  expect(print(80, [], [])).toEqual([''])
  expect(tabs(['a', 'b\t']).line(['x\ty', null])).toBe('x\\x09y\t')
})
