import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { engineConfig } from '../config.ts'
import { type Engine, openEngine } from './index.ts'
import type { Parameters } from './parameter.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-kept-'))
const file = join(dir, 'v1.duckdb')
let engine: Engine

beforeAll(async () => {
  const database = await DuckDBInstance.create(file)
  const connection = await database.connect()
  await connection.run('CREATE TABLE t AS SELECT range AS id FROM range(200000)')
  connection.closeSync()
  database.closeSync()
  engine = openEngine({
    ...engineConfig.parse({ children: 1, memoryMb: 256, tempMb: 64, timeoutMs: 10_000 }),
    tempDir: join(dir, 'temp'),
    log: () => undefined,
  })
})
afterAll(async () => {
  await engine.close()
  rmSync(dir, { recursive: true, force: true })
})

const template = 'SELECT id FROM p.main.t'

async function ask(sql: string, parameters?: Parameters): Promise<unknown> {
  const running = await engine.run({
    files: [{ alias: 'p', path: file }],
    sql: sql.replaceAll('$T', `(${template}) AS t`),
    templates: [template],
    separator: ',',
    signal: new AbortController().signal,
    ...(parameters === undefined ? {} : { parameters }),
  })
  const parts: Uint8Array[] = []
  for await (const part of running.rows) parts.push(part)
  return JSON.parse(`[${Buffer.concat(parts)}]`)
}

test('a text asked again with other values and other types of values has its own answers', async () => {
  const sql = 'SELECT typeof($1), $1::VARCHAR, count(*) FROM $T WHERE id < $2'
  for (let round = 0; round < 3; round += 1) {
    expect(await ask(sql, [1, 5])).toEqual([['BIGINT', '1', '5']])
    expect(await ask(sql, ['x', 6])).toEqual([['VARCHAR', 'x', '6']])
    expect(await ask(sql, [0.5, 7])).toEqual([['DOUBLE', '0.5', '7']])
    expect(await ask(sql, [true, 8])).toEqual([['BOOLEAN', 'true', '8']])
    expect(await ask(sql, [2, 9])).toEqual([['BIGINT', '2', '9']])
  }
})

test.each([
  'SELECT count(*) FROM $T',
  'WITH RECURSIVE selvage_0123456789abcdef AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM selvage_0123456789abcdef WHERE n < 50) SELECT sum(n) FROM selvage_0123456789abcdef',
  'SELECT id, sum(id) OVER (ORDER BY id ROWS 2 PRECEDING) FROM $T ORDER BY id LIMIT 3 OFFSET 100',
  'PIVOT (SELECT id % 3 AS k, id FROM $T) ON k IN (0, 1, 2) USING count(id)',
  'SELECT a.id FROM $T JOIN (SELECT id + 1 AS id FROM $T) a USING (id) ORDER BY 1 LIMIT 2',
  'SELECT list(id ORDER BY id) FROM $T WHERE id < 4',
])('is the same each time: %s', async sql => {
  const first = await ask(sql)
  for (let round = 0; round < 5; round += 1) expect(await ask(sql)).toEqual(first)
})

test('is usable after a statement that failed, and that one fails again', async () => {
  const failing = "SELECT CAST(CASE WHEN id = 150000 THEN 'x' ELSE '1' END AS INTEGER) FROM $T"
  for (let round = 0; round < 3; round += 1) {
    await expect(ask(failing)).rejects.toMatchObject({ code: 'query.data' })
    expect(await ask('SELECT count(*) FROM $T')).toEqual([['200000']])
  }
})

test('a sample is drawn each time', async () => {
  const drawn = new Set<string>()
  for (let round = 0; round < 6; round += 1) drawn.add(JSON.stringify(await ask('SELECT id FROM $T USING SAMPLE 5 ROWS')))
  expect(drawn.size).toBeGreaterThan(1)
})

test('more texts than are kept', async () => {
  for (let i = 0; i < 200; i += 1) expect(await ask(`SELECT ${i} + 0 AS n${'_'.repeat(1_000)}`)).toEqual([[i]])
  expect(await ask('SELECT 0 + 0')).toEqual([[0]])
})
