import { beforeAll, expect, it } from 'vitest'
import { TestEngine } from '../../test/query/engine.ts'
import { mayReadWhole } from './index.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await TestEngine.open(['CREATE TABLE a (x INTEGER, y INTEGER)', 'CREATE TABLE b (x INTEGER, y INTEGER, z INTEGER)'])
})

const read = async (sql: string): Promise<string> => JSON.stringify((await engine.run(`EXPLAIN (FORMAT JSON) ${sql}`)).rows)

it('holds where the engine reads what nothing needs', async () => {
  const sql = 'SELECT 1 FROM (SELECT DISTINCT NULL FROM a) AS d, (SELECT x, y, z FROM b) AS e'
  expect(await read(sql)).toContain('z')
  expect(mayReadWhole(await engine.parse(sql))).toBe(true)
})

it.each([
  ['SELECT DISTINCT x FROM a', false],
  ['SELECT a.x FROM a, b', false],
  ['WITH c AS (SELECT x FROM a) SELECT x FROM c', false],
  ['WITH c AS (SELECT x FROM a) SELECT x FROM c, b', true],
  ['SELECT x FROM a WHERE x IN (SELECT DISTINCT x FROM b)', true],
  ['SELECT a.x FROM (SELECT DISTINCT v FROM (VALUES (1)) AS t(v)) AS d, a', true],
])('%s', async (sql, whole) => {
  expect(mayReadWhole(await engine.parse(sql))).toBe(whole)
})
