import { beforeAll, describe, expect, it } from 'vitest'
import { fresh, TestEngine } from '../../test/query/engine.ts'
import { parseTree, printTree, rewrite, type SqlTree } from './index.ts'

const operands = [
  ['NULL', '1', '-1', '1.5', '99999999999999999999999', "'x'", 'TRUE', "DATE '2020-01-01'", "INTERVAL '1 day'", '$1', '#1'],
  ['[1]', '[]', "{'a': 1}", 'MAP {1: 2}', 'row(1)', '(1, 2)', '[x FOR x IN a]', 'x -> x', 'COLUMNS(*)'],
  ['a', 'a.b', 'f(a)', '-a', '+a', '~a', '@a', 'a!', 'a + b', 'a || b', 'a ^ b', 'NOT a', 'a AND b', 'a = b', 'a IS NULL'],
  ['a::INT', 'TRY_CAST(a AS INT)', 'CASE WHEN a THEN b END', 'TRY(a)', 'coalesce(a, b)', 'a COLLATE nocase', 'a[1]', 'a[1:2]', 'a.b.c'],
  ['(SELECT 1)', 'EXISTS (SELECT 1)', 'NOT EXISTS (SELECT 1)', 'a = ANY (SELECT 1)', 'a IN (SELECT 1)', 'a IN (1)', 'a BETWEEN 1 AND 2'],
  ['a LIKE b', 'a SIMILAR TO b', 'a AT TIME ZONE b', 'sum(a) OVER ()', 'sum(a) FILTER (WHERE b)', 'grouping(a)', 'count(*)'],
].flat()
const behind = [
  ['[1]', "['x']", '[1:2]', '[:]', '[1:2:3]', '.x', '::INT', ' COLLATE nocase', '.upper()', ' IS NULL', ' IS DISTINCT FROM b', '!'],
  [' + 1', ' - 1', ' * 2', ' / 2', ' // 2', ' % 2', ' ^ 2', ' ** 2', ' || b', ' & 1', ' << 1', ' = b', ' < b', ' AND b', ' OR b'],
  [
    ' IN (1)',
    ' NOT IN (1, 2)',
    ' IN (SELECT 1)',
    ' = ANY (SELECT 1)',
    ' BETWEEN 1 AND 2',
    ' LIKE b',
    ' AT TIME ZONE b',
    " ->> 'x'",
    ' ^@ b',
  ],
].flat()
const before = ['-', '+', '~', '@', 'NOT ', '1 + ', '1 - ', 'b ^ ', 'b || ', 'b = ', 'b AND ', 'b LIKE ', 'b BETWEEN 1 AND ']

/** What was printed wrongly once. */
const prone = new Set(['NULL', '1.5', '~a', '-a', 'COLUMNS(*)', 'a COLLATE nocase', 'EXISTS (SELECT 1)'])

/** Without places in the text. */
const shapeOf = (tree: SqlTree): string => printTree(tree).replaceAll(/"query_location":\d+/g, '')

describe('a rewritten statement reads back as itself', () => {
  let engine: TestEngine
  beforeAll(async () => {
    engine = await TestEngine.open([])
  })

  it.each(operands)('(%s) before and behind operators', async operand => {
    const written = [
      ...behind.map(sign => `(${operand})${sign}`),
      ...before.map(sign => `${sign}(${operand})`),
      ...(prone.has(operand) ? behind.flatMap(sign => [' + 1', '[1]'].map(more => `((${operand})${sign})${more}`)) : []),
    ]
    let read = 0
    for (const expression of written) {
      const json = await engine.parseJson(`SELECT ${expression}`)
      if (json.startsWith('{"error":true')) continue
      read += 1
      const tree = rewrite(parseTree(json), { tables: new Map(), fresh })
      const text = await engine.print(tree)
      expect(shapeOf(await engine.parse(text)), `${expression} as ${text}`).toBe(shapeOf(tree))
    }
    expect(read).toBeGreaterThan(written.length / 4)
  })
})
