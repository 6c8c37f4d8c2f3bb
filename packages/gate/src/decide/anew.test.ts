import type { Name, TableId } from '@selvage/kernel/model'
import type { ColumnDecision, Expr, RowCondition, TableDecision } from '@selvage/kernel/policy'
import { type BoundColumn, type BoundSet, columnsUsed, parseTree, type SqlTree } from '@selvage/kernel/query'
import { afterAll, describe, expect, test } from 'vitest'
import { parserConfig } from '../config.ts'
import { openParser } from '../parser/index.ts'
import type { Generation } from '../sync/generation.ts'
import { canBeDecided, showsTheSame } from './anew.ts'
import type { Ruling } from './index.ts'

const parser = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 10_000 }), log: () => undefined })
afterAll(() => parser.close())

const id = 'lab.shop.orders' as TableId
const name = (text: string): Name => text as Name
const because = (rule: string): { because: readonly { id: string }[] } => ({ because: [{ id: rule }] })
const all: RowCondition = { kind: 'all', ...because('a') }
const uk: Expr = {
  kind: 'compare',
  op: '==',
  left: { kind: 'column', column: name('country') },
  right: { kind: 'literal', value: 'UK' },
}
const column = (text: string, more: Partial<ColumnDecision> = {}): ColumnDecision => ({ name: name(text), reveal: all, masks: [], ...more })
const open = [column('id'), column('email'), column('country')]
const decision = (columns: readonly ColumnDecision[] = open, rows: RowCondition = all): TableDecision => ({ table: id, rows, columns })
const token = { masks: [{ transform: 'token', when: true, ...because('b') }] } as const
const partial = { masks: [{ transform: 'partial', when: true, ...because('b') }] } as const

const columns: readonly (readonly [Name, BoundColumn])[] = [
  [name('id'), { type: 'BIGINT' }],
  [name('email'), { type: 'VARCHAR', token: '"email~token"', semantic: { name: 'email', partial: { kind: 'email' } } }],
  [name('country'), { type: 'VARCHAR' }],
]

function rulingOf(tree: SqlTree, table: TableDecision | undefined, version = 1, bound = columns, sets: readonly BoundSet[] = []): Ruling {
  const tables = new Map(table === undefined ? [] : [[id, table] as const])
  const used = columnsUsed(tree, new Map([...tables].map(([key, { columns: of }]) => [key, of.map(one => one.name)])))
  const binding = {
    table: id,
    relation: `"p_shop_v${version}".main."orders"`,
    columns: new Map(bound),
    sets: new Map(sets.map(set => [set.name, set])),
  }
  return { tree, tables, used, generation: { bindings: new Map([[id, binding]]) } } as unknown as Ruling
}

async function sameAfter(sql: string, table: TableDecision | undefined, before = decision(), bound = columns): Promise<boolean> {
  const tree = parseTree(await parser.parse(sql))
  return showsTheSame(rulingOf(tree, before), rulingOf(tree, table, 2, bound))
}

const ids = 'SELECT id, country FROM lab.shop.orders'
const stars = 'SELECT * FROM lab.shop.orders'
const counts = 'SELECT count(*) FROM lab.shop.orders'

describe('other rules show the same', () => {
  test.each([
    [
      'under other names of rules, from a newer version',
      ids,
      decision([column('id'), column('email'), column('country', { reveal: { ...all, ...because('z') } })]),
    ],
    ['where a column is masked that is not touched', ids, decision([column('id'), column('email', token), column('country')])],
    ['where a column is hidden that is not touched', ids, decision([column('id'), column('country')])],
    ['where a column comes besides', stars, decision([...open, column('more')])],
    ['to who counts rows, whatever becomes of columns', counts, decision([column('country', token)])],
  ])('%s', async (_what, sql, table) => {
    expect(await sameAfter(sql, table)).toBe(true)
  })
})

describe('other rules show something else', () => {
  test.each([
    ['where a column is masked', ids, decision([column('id'), column('email'), column('country', token)])],
    ['where a column is masked that a star shows', stars, decision([column('id'), column('email', token), column('country')])],
    ['where a column is hidden', ids, decision([column('id'), column('email')])],
    ['where a column is hidden that a star shows', stars, decision([column('id'), column('country')])],
    [
      'where cells are',
      ids,
      decision([column('id'), column('email'), column('country', { reveal: { kind: 'where', expr: uk, ...because('c') } })]),
    ],
    ['where rows are', ids, decision(open, { kind: 'where', expr: uk, ...because('c') })],
    ['where rows are, to who counts them', counts, decision(open, { kind: 'where', expr: uk, ...because('c') })],
    [
      'where rows follow a column that the files lack',
      ids,
      decision(open, { kind: 'where', expr: { kind: 'flag', column: name('more') }, ...because('c') }),
    ],
    ['where the table is hidden', ids, undefined],
  ])('%s', async (_what, sql, table) => {
    expect(await sameAfter(sql, table)).toBe(false)
  })

  test('where a mask is made in another way', async () => {
    const masked = decision([column('id'), column('email', partial), column('country')])
    const { semantic: _, ...bare } = columns[1]![1]
    const otherwise = columns.map(([key, bound]) => [key, key === 'email' ? bare : bound] as const)
    expect(await sameAfter('SELECT email FROM lab.shop.orders', masked, masked)).toBe(true)
    expect(await sameAfter('SELECT email FROM lab.shop.orders', masked, masked, otherwise)).toBe(false)
  })
})

test('a set that is reached otherwise now is another one, whatever its name', async () => {
  const tree = parseTree(await parser.parse(ids))
  const set = {
    name: name('reps'),
    from: name('visits'),
    foreignKey: name('order'),
    key: name('id'),
    collect: name('rep'),
    element: 'VARCHAR',
  } as const
  const expr: Expr = { kind: 'member', set: set.name, operand: { kind: 'literal', value: 'x' } }
  const asked = decision(open, { kind: 'where', expr, ...because('a') })
  const after = (more: object, ruling = asked): boolean =>
    showsTheSame(
      rulingOf(tree, ruling, 1, columns, [{ ...set, column: '"reps~set"' }]),
      rulingOf(tree, ruling, 2, columns, [{ ...set, ...more, column: '"reps~set"' }]),
    )
  expect(after({})).toBe(true)
  expect(after({ foreignKey: name('other') })).toBe(false)
  expect(after({ collect: name('other') })).toBe(false)
  // Where nothing asks of it, it may be what it likes.
  expect(after({ foreignKey: name('other') }, decision())).toBe(true)
})

test('rows of before are decided anew by our engine in any case, and by the official one only where they are those of now', () => {
  const of = (file: string | undefined): Generation => {
    const products = file === undefined ? [] : [['lab.shop', { manifest: { file } }]]
    return { products: new Map(products as never) } as unknown as Generation
  }
  const ruling = { tables: new Map([[id, decision()]]), generation: of('v1') } as unknown as Ruling
  for (const file of ['v1', 'v2', undefined]) expect(canBeDecided('selvage', ruling, of(file))).toBe(true)
  expect(['v1', 'v2', undefined].map(file => canBeDecided('wasm', ruling, of(file)))).toEqual([true, false, false])
})
