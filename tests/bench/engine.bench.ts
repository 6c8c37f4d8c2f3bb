import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { Name, TableId } from '@selvage/kernel/model'
import type { TableDecision } from '@selvage/kernel/policy'
import {
  checkStatement,
  columnsUsed,
  needsBarrier,
  parseTree,
  printTree,
  rewrite,
  securedSelect,
  type TableBinding,
} from '@selvage/kernel/query'
import { afterAll, beforeAll, test } from 'vitest'
import { parserConfig } from '../../packages/gate/src/config.ts'
import { openParser, type Parser } from '../../packages/gate/src/parser/index.ts'
import { summarise } from './latency.ts'

/** Engine time of governed statements beside secured SQL that a person would write, same settings, rounds interleaved. */
const million = Number(process.env.SELVAGE_BENCH_MILLIONS ?? 6)
const rounds = 9
const table = 'bench.sales.line' as TableId
const name = (text: string): Name => text as Name
const binding: TableBinding = {
  table,
  relation: '"p".main."line"',
  columns: new Map([
    [name('id'), { type: 'BIGINT' as const }],
    [name('region'), { type: 'VARCHAR' as const }],
    [name('email'), { type: 'VARCHAR' as const, token: '"email~token"' }],
    [name('kind'), { type: 'VARCHAR' as const }],
    [name('price'), { type: 'DOUBLE' as const }],
  ]),
}
const all = { kind: 'all' as const, because: [] }
const decision: TableDecision = {
  table,
  rows: {
    kind: 'where',
    because: [],
    expr: { kind: 'compare', op: '==', left: { kind: 'column', column: name('region') }, right: { kind: 'literal', value: 'EU' } },
  },
  columns: [...binding.columns.keys()].map(column => ({
    name: column,
    reveal: all,
    masks: column === 'email' ? [{ transform: 'token' as const, when: true as const, because: [] }] : [],
  })),
}
const shapes = [
  [
    'group and aggregate',
    'SELECT kind, count(*), avg(price) FROM bench.sales.line GROUP BY 1 ORDER BY 1',
    "SELECT kind, count(*), avg(price) FROM p.main.line WHERE region = 'EU' GROUP BY 1 ORDER BY 1",
  ],
  [
    'distinct tokens',
    'SELECT count(DISTINCT email) FROM bench.sales.line WHERE price < 10',
    `SELECT count(DISTINCT "email~token") FROM p.main.line WHERE region = 'EU' AND price < 10`,
  ],
  [
    'point lookup',
    'SELECT id, email, price FROM bench.sales.line WHERE id = 4000001',
    `SELECT id, "email~token", price FROM p.main.line WHERE region = 'EU' AND id = 4000001`,
  ],
  [
    'with a call that may fail (barrier)',
    "SELECT max(price) FROM bench.sales.line WHERE upper(kind) = 'K3'",
    "SELECT max(price) FROM p.main.line WHERE region = 'EU' AND upper(kind) = 'K3'",
  ],
] as const

let dir: string
let connection: DuckDBConnection
let parser: Parser

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-bench-'))
  const database = await DuckDBInstance.create(':memory:', { threads: '2' })
  connection = await database.connect()
  await connection.run(`ATTACH '${join(dir, 'data.duckdb')}' AS p`)
  await connection.run(`CREATE TABLE p.main.line AS SELECT i AS id, CASE WHEN hash(i) % 5 < 2 THEN 'EU' ELSE 'US' END AS region,
    'user' || (i % 500000) || '@example.org' AS email, 'tok_' || md5((i % 500000)::VARCHAR) AS "email~token", 'k' || (i % 7) AS kind,
    (hash(i) % 10000) / 100.0 AS price FROM range(${million * 1_000_000}) t(i)`)
  await connection.run("SET disabled_optimizers = 'statistics_propagation'")
  parser = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 10_000 }), log: () => undefined })
})
afterAll(async () => {
  await parser.close()
  rmSync(dir, { recursive: true, force: true })
})

async function secure(sql: string): Promise<string> {
  const tree = parseTree(await parser.parse(sql))
  checkStatement(tree, sql)
  const columns = [...binding.columns].map(([column, { type }]) => ({ name: column, type }))
  columnsUsed(tree, new Map([[table, columns.map(column => column.name)]]))
  await parser.bind(sql, { key: 'bench', tables: [{ id: table, columns }] }, undefined)
  const template = parseTree(await parser.parse(securedSelect(decision, binding, needsBarrier(tree))))
  let fresh = 0
  return parser.print(printTree(rewrite(tree, { tables: new Map([[table, template]]), fresh: () => String(fresh++).padStart(16, '0') })))
}

async function timed(sql: string): Promise<number> {
  const before = performance.now()
  await connection.runAndReadAll(sql)
  return performance.now() - before
}

test('governed against hand-written secured SQL', async () => {
  console.log(`\n${million} million rows, 2 threads, best and median of ${rounds} interleaved rounds, ms`)
  for (const [what, sql, byHand] of shapes) {
    const governed = await secure(sql)
    const times = { governed: [] as number[], byHand: [] as number[] }
    for (let i = 0; i < rounds; i++) {
      times.governed.push(await timed(governed))
      times.byHand.push(await timed(byHand))
    }
    const [a, b] = [summarise(times.governed, 1), summarise(times.byHand, 1)]
    console.log(
      `  ${what.padEnd(40)} governed ${a.p50.toFixed(1).padStart(8)}   by hand ${b.p50.toFixed(1).padStart(8)}   ratio ${(a.p50 / b.p50).toFixed(2)}`,
    )
  }
})

test('to secure a statement, cold', async () => {
  const sql = (i: number): string =>
    `WITH t AS (SELECT kind, email, price FROM bench.sales.line WHERE id > ${i}) SELECT kind, count(DISTINCT email), sum(price) FROM t GROUP BY 1`
  for (let i = 0; i < 30; i++) await secure(sql(i))
  const times: number[] = []
  for (let i = 0; i < 300; i++) {
    const before = performance.now()
    await secure(sql(1_000 + i))
    times.push(performance.now() - before)
  }
  const { p50, p99 } = summarise(times, 1)
  console.log(
    `\nparse, check, bind, rewrite, print through the parser child, a new text each time: p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
  )
})
