import { randomBytes } from 'node:crypto'
import { parseTree } from '@selvage/kernel/query'
import { afterAll, expect, test } from 'vitest'
import { parserConfig } from '../config.ts'
import type { Decided } from '../decide/index.ts'
import { openParser } from '../parser/index.ts'
import type { Gate } from '../ports.ts'
import { rewrite } from './index.ts'

const parser = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 10_000 }), log: () => undefined })
const config = { engine: { strict: [] } } as unknown as Gate['config']
const gate = { parser, config, random: randomBytes } as Partial<Gate> as Gate
afterAll(() => parser.close())

async function columnsOf(sql: string, parameters: readonly (string | number)[]): Promise<readonly string[]> {
  const ruling = {
    asker: { subject: { id: 'somebody' } },
    sql,
    tree: parseTree(await parser.parse(sql)),
    tables: new Map(),
    visible: new Map(),
    generation: { bindings: new Map() },
  }
  const decided = { request: { sql, parameters }, ruling } as unknown as Decided
  return (await rewrite(gate, decided)).columns.map(({ name, type }) => `${name} ${type}`)
}

test.each([
  ['SELECT COLUMNS($1) FROM (SELECT 1 AS a, 2 AS b)', 'a', 'b', ['a INTEGER'], ['b INTEGER']],
  ["SELECT struct_extract({'a': 1, 'b': 'x'}, $1) AS x", 'a', 'b', ['x INTEGER'], ['x VARCHAR']],
])('a value that names what is read is not described by another one: %s', async (sql, one, other, first, second) => {
  expect(await columnsOf(sql, [one])).toEqual(first)
  expect(await columnsOf(sql, [other])).toEqual(second)
})
