import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement } from '@duckdb/node-api'
import type { TableId } from '@selvage/kernel/model'
import {
  checkStatement,
  columnsUsed,
  needsBarrier,
  parseTree,
  printTree,
  rewrite,
  type SqlTree,
  securedSelect,
} from '@selvage/kernel/query'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parserConfig } from '../../packages/gate/src/config.ts'
import { openParser, type Parser } from '../../packages/gate/src/parser/index.ts'
import type { SmallMesh } from '../conformance/gate/small-mesh.ts'
import { post } from './door.ts'
import { openGovernedMesh } from './governed-mesh.ts'
import { summarise } from './latency.ts'
import { median, report } from './report.ts'
import { bindings, dataOf, decisions, shapes } from './shapes.ts'

/**
 * Engine time of governed statements beside secured SQL that a person would write, and beside the whole tables. Each
 * round runs every variant of a shape once, so that noise meets all alike; what is told are medians and their ratios.
 */
const million = Number(process.env.SELVAGE_BENCH_MILLIONS ?? 6)
const rounds = Number(process.env.SELVAGE_BENCH_ROUNDS ?? 11)

let dir: string
let connection: DuckDBConnection
let parser: Parser
/** The same rows and rules behind a gate. */
let mesh: SmallMesh

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'selvage-bench-'))
  const maker = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
  const files = ['p_sales', 'p_crm'].map(alias => [alias, join(dir, `${alias}.duckdb`)] as const)
  for (const [alias, file] of files) await maker.run(`ATTACH '${file}' AS ${alias}`)
  for (const sql of dataOf(million * 1_000_000)) await maker.run(sql)
  mesh = await openGovernedMesh(maker)
  for (const [alias] of files) await maker.run(`DETACH ${alias}`)
  maker.closeSync()
  connection = await (await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GiB', temp_directory: dir })).connect()
  for (const [alias, file] of files) await connection.run(`ATTACH '${file}' AS ${alias} (READ_ONLY)`)
  parser = openParser({ ...parserConfig.parse({ children: 1, timeoutMs: 10_000 }), log: () => undefined })
})
afterAll(async () => {
  await mesh?.close()
  await parser.close()
  connection.closeSync()
  rmSync(dir, { recursive: true, force: true })
})

async function secure(sql: string, strict = false): Promise<string> {
  const tree = parseTree(await parser.parse(sql))
  checkStatement(tree, sql)
  const tables = bindings.map(({ table, columns }) => ({ id: table, columns: [...columns].map(([name, { type }]) => ({ name, type })) }))
  columnsUsed(tree, new Map(tables.map(({ id, columns }) => [id, columns.map(({ name }) => name)])))
  await parser.bind(sql, { key: 'bench', tables }, undefined)
  const templates = new Map<TableId, SqlTree>()
  for (const [i, decision] of decisions.entries())
    templates.set(decision.table, parseTree(await parser.parse(securedSelect(decision, bindings[i]!, needsBarrier(tree)))))
  let fresh = 0
  return parser.print(printTree(rewrite(tree, { tables: templates, fresh: () => String(fresh++).padStart(16, '0'), apart: strict })))
}

/** Those of an engine child; the engine's own; those of a strict child. */
const settings = {
  ours: ["SET disabled_optimizers = 'statistics_propagation'", 'SET threads = 2'],
  default: ["SET disabled_optimizers = ''", 'SET threads = 2'],
  strict: [
    "SET disabled_optimizers = 'statistics_propagation,join_order,build_side_probe_side,cte_inlining,cte_filter_pusher,top_n_window_elimination'",
    'SET threads = 1',
  ],
} as const

interface Variant {
  readonly what: string
  readonly sql: string
  readonly under: keyof typeof settings
}

interface Timed {
  /** Of all threads, so that what other processes take does not count. */
  readonly cpu: number
  readonly wall: number
  readonly rows: number
}

/** A child prepares a text once and keeps it, so what is measured is its run. */
async function timed({ under }: Variant, statement: DuckDBPreparedStatement): Promise<Timed> {
  for (const set of settings[under]) await connection.run(set)
  const [before, used] = [performance.now(), process.cpuUsage()]
  const reader = await statement.runAndReadAll()
  const { user, system } = process.cpuUsage(used)
  return { wall: performance.now() - before, cpu: (user + system) / 1_000, rows: reader.currentRowCount }
}

async function prepared({ sql, under }: Variant): Promise<DuckDBPreparedStatement> {
  for (const set of settings[under]) await connection.run(set)
  return connection.prepare(sql)
}

/** Medians of what each variant took; each round runs every one, in one order and then in the other. */
async function measured(variants: readonly Variant[]): Promise<(what: string, of: keyof Timed) => number> {
  const runs = new Map<string, Timed[]>()
  const statements = new Map<Variant, DuckDBPreparedStatement>()
  for (const variant of variants) statements.set(variant, await prepared(variant))
  const once = async (variant: Variant): Promise<Timed> => timed(variant, statements.get(variant)!)
  const fast = (await once(variants[0]!)).wall < 5
  for (let i = 0; i <= rounds * (fast ? 20 : 1); i++)
    for (const variant of i % 2 === 0 ? variants : variants.toReversed()) {
      const run = await once(variant)
      // The first round fills the buffers.
      if (i > 0) runs.set(variant.what, [...(runs.get(variant.what) ?? []), run])
    }
  for (const statement of statements.values()) statement.destroySync()
  expect(runs.get('governed')?.[0]?.rows).toBe(runs.get('by hand')?.[0]?.rows)
  return (what, of) => median((runs.get(what) ?? []).map(run => run[of]))
}

/** Milliseconds from a client's request to the last byte, over HTTP, each with its durable entries. */
async function endToEnd(sql: string, rows: number, times: number): Promise<number> {
  const [url, token] = [`${mesh.door.url}/v1/sql`, mesh.token()]
  const asked = { sql: sql.replaceAll('bench.', 'lab.'), purpose: 'analytics' }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/x-ndjson' }
  const answer = await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(asked) })).text()
  // A head, a line for each row, an end.
  expect(answer.split('\n')).toHaveLength(rows + 3)
  const told: number[] = []
  for (let i = 0; i < times; i++) told.push((await post(url, token, asked, 'application/x-ndjson')).whole)
  return median(told)
}

test.each(shapes)('$what', async ({ what, sql, byHand, raw, atMost }) => {
  const governed = await secure(sql)
  const took = await measured([
    { what: 'governed', sql: governed, under: 'ours' },
    { what: 'by hand', sql: byHand, under: 'ours' },
    { what: 'raw', sql: raw, under: 'ours' },
    { what: 'governed, default settings', sql: governed, under: 'default' },
    { what: 'by hand, default settings', sql: byHand, under: 'default' },
    { what: 'raw, default settings', sql: raw, under: 'default' },
    { what: 'governed, strict', sql: await secure(sql, true), under: 'strict' },
  ])
  const tell = (title: string, value: number, unit: string, bar: object = {}): void =>
    report({ part: 'engine', what: `${what}: ${title}`, value: Math.round(value * 100) / 100, unit, ...bar })
  const ratio = (title: string, a: string, b: string, bar: object = {}): void => tell(title, took(a, 'cpu') / took(b, 'cpu'), '', bar)
  tell('governed', took('governed', 'cpu'), 'CPU ms')
  tell('governed, as time passed', took('governed', 'wall'), 'ms')
  ratio('÷ by hand', 'governed', 'by hand', atMost === undefined ? {} : { atMost })
  ratio('÷ raw', 'governed', 'raw')
  ratio('÷ the same with default settings', 'governed', 'governed, default settings')
  ratio('by hand ÷ the same with default settings', 'by hand', 'by hand, default settings')
  ratio('raw ÷ the same with default settings', 'raw', 'raw, default settings')
  ratio('strict ÷ not', 'governed, strict', 'governed')
  const whole = await endToEnd(sql, took('governed', 'rows'), took('governed', 'wall') < 5 ? rounds * 20 : rounds)
  tell('end to end over HTTP', whole, 'ms')
  tell('end to end ÷ engine alone, as time passed', whole / took('governed', 'wall'), '')
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
  report({ part: 'engine', what: 'parse, check, bind, rewrite, print, a new text each time: p50', value: p50, unit: 'ms', atMost: 8 })
  report({ part: 'engine', what: 'parse, check, bind, rewrite, print, a new text each time: p99', value: p99, unit: 'ms' })
})
