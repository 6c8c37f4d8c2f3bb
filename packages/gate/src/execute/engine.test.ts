import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DuckDBInstance } from '@duckdb/node-api'
import { SelvageError } from '@selvage/kernel/model'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { engineConfig } from '../config.ts'
import { childEnvironment } from './child-process.ts'
import { type Engine, type EngineOptions, type Job, openEngine } from './index.ts'

const dir = mkdtempSync(join(tmpdir(), 'selvage-engine-'))
const file = join(dir, 'v1.duckdb')
const wideFile = join(dir, 'wide.duckdb')
const wideTemplate = `SELECT id, ${Array.from({ length: 10 }, (_, i) => `c${i}`).join(', ')} FROM p.main.t`
const otherFile = join(dir, 'v2.duckdb')
const events: { event: string; attributes: Record<string, unknown> }[] = []
const engines: Engine[] = []

function engine(options: Partial<EngineOptions> = {}): Engine {
  const opened = openEngine({
    ...engineConfig.parse({ children: 2, memoryMb: 256, threads: 1, tempMb: 128, timeoutMs: 10_000 }),
    tempDir: mkdtempSync(join(dir, 'temp-')),
    log: (event, attributes) => events.push({ event, attributes: { ...attributes } }),
    ...options,
  })
  engines.push(opened)
  return opened
}

const template = 'SELECT id, name FROM p.main.t'
const files = [{ alias: 'p', path: file }]

const job = (sql: string, more: Partial<Job> = {}): Job => ({
  files,
  sql: sql.replaceAll('$T', `(${template}) AS t`),
  templates: [template],
  separator: ',',
  signal: new AbortController().signal,
  ...more,
})

async function rowsOf(running: Awaited<ReturnType<Engine['run']>>): Promise<unknown[][]> {
  const parts: Uint8Array[] = []
  for await (const part of running.rows) parts.push(part)
  return JSON.parse(`[${parts.map(part => Buffer.from(part).toString()).join(',')}]`) as unknown[][]
}

const ask = async (on: Engine, sql: string, more: Partial<Job> = {}): Promise<unknown[][]> => rowsOf(await on.run(job(sql, more)))

const wideJob = (sql: string): Job =>
  job(sql.replaceAll('$W', `(${wideTemplate}) AS t`), { files: [{ alias: 'p', path: wideFile }], templates: [wideTemplate] })
const askWide = async (on: Engine, sql: string): Promise<unknown[][]> => rowsOf(await on.run(wideJob(sql)))

async function refusal(work: Promise<unknown>): Promise<SelvageError> {
  const error = await work.then(
    () => undefined,
    reason => reason,
  )
  if (!(error instanceof SelvageError)) throw new Error(`not refused as it should be: ${String(error)}`)
  return error
}

async function create(path: string, first: number): Promise<void> {
  const database = await DuckDBInstance.create(path)
  const connection = await database.connect()
  await connection.run(`CREATE TABLE t AS SELECT range + ${first} AS id, 'name ' || range AS name, 'hidden' AS secret FROM range(1000)`)
  connection.closeSync()
  database.closeSync()
}

/** 240 MB that nothing compresses. */
async function createWide(path: string): Promise<void> {
  const database = await DuckDBInstance.create(path)
  const connection = await database.connect()
  const columns = Array.from({ length: 10 }, (_, i) => `hash(range * 10 + ${i}) AS c${i}`).join(', ')
  await connection.run(`CREATE TABLE t AS SELECT range AS id, ${columns} FROM range(3000000)`)
  connection.closeSync()
  database.closeSync()
}

beforeAll(async () => {
  await createWide(wideFile)
  await create(file, 0)
  await create(otherFile, 5_000)
})
afterAll(async () => {
  for (const opened of engines) await opened.close()
  rmSync(dir, { recursive: true, force: true })
})

const slow = "levenshtein(repeat('a', 60000), repeat('b', 60000))"
/** What the wall counts. */
const countedMb = (pid: number): number => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[5]) / 256
const residentMb = (pid: number): number => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) / 256

describe('a statement', () => {
  it('gives columns, rows and counts', async () => {
    const running = await engine().run(job('SELECT id, name FROM $T WHERE id < 3 ORDER BY id'))
    expect(running.columns).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'name', type: 'VARCHAR' },
    ])
    expect(await rowsOf(running)).toEqual([
      ['0', 'name 0'],
      ['1', 'name 1'],
      ['2', 'name 2'],
    ])
    expect(await running.done).toMatchObject({ rows: 3, bytes: '["0","name 0"],["1","name 1"],["2","name 2"]'.length })
  })

  it('may have no rows, and no reader', async () => {
    const one = engine({ children: 1 })
    const empty = await one.run(job('SELECT id FROM $T WHERE false'))
    expect(await rowsOf(empty)).toEqual([])
    expect(await empty.done).toMatchObject({ rows: 0, bytes: 0 })
    const stop = new AbortController()
    const unread = await one.run(job('SELECT 1', { signal: stop.signal }))
    await sleep(50)
    stop.abort()
    await expect(unread.done).rejects.toMatchObject({ code: 'engine.cancelled' })
    expect(await ask(one, 'SELECT 2')).toEqual([[2]])
  })

  it('takes parameters by number and by name, and needs each of them', async () => {
    const on = engine({ children: 1 })
    expect(await ask(on, 'SELECT $1, $2, $3, $4, $5', { parameters: ['é\u0000', 7, 0.5, true, null] })).toEqual([
      ['é\u0000', '7', 0.5, true, null],
    ])
    expect(await ask(on, 'SELECT name FROM $T WHERE id = $who', { parameters: { who: 3 } })).toEqual([['name 3']])
    for (const parameters of [[], [1], { who: 1 }] as const)
      expect((await refusal(on.run(job('SELECT $1, $2', { parameters })))).code).toBe('query.parameters')
    expect((await refusal(on.run(job('SELECT $1')))).code).toBe('query.parameters')
  })

  it('is separated by what was asked for', async () => {
    const parts: string[] = []
    for await (const part of (await engine().run(job('SELECT id FROM $T WHERE id < 3 ORDER BY id', { separator: '\n' }))).rows)
      parts.push(Buffer.from(part).toString())
    expect(parts).toEqual(['["0"]\n["1"]\n["2"]'])
  })

  it.each([
    ['a cast in the first row', 'SELECT name::INTEGER FROM $T'],
    ['an overflow', 'SELECT 9223372036854775807 + id FROM $T'],
    ['a text that is no date', 'SELECT name::DATE FROM $T'],
    ['two rows for one', 'SELECT (SELECT id FROM $T)'],
  ])('%s is query.data without a value in it', async (_, sql) => {
    const error = await refusal(ask(engine({ children: 1 }), sql))
    expect(error.code).toBe('query.data')
    expect(`${error.message} ${JSON.stringify(error.options)} ${String(error.options.cause)}`).not.toMatch(/name \d|9223372036854775807/)
  })

  it('that fails midway never looks complete', async () => {
    const on = engine({ children: 1, threads: 2 })
    const running = await on.run(job("SELECT CASE WHEN range = 1500000 THEN 'x' ELSE '1' END::INTEGER FROM range(2000000)"))
    let bytes = 0
    const read = (async () => {
      for await (const part of running.rows) bytes += part.length
    })()
    expect((await refusal(read)).code).toBe('query.data')
    await expect(running.done).rejects.toMatchObject({ code: 'query.data' })
    expect(bytes).toBeGreaterThan(0)
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
  })

  it('whose text is not secured is refused by the child', async () => {
    const on = engine({ children: 1 })
    for (const sql of [
      'SELECT * FROM p.main.t',
      'SELECT secret FROM p.main.t',
      'SELECT * FROM (SELECT id, name FROM p.main.t WHERE true) AS t',
      'SELECT 1; DROP TABLE p.main.t',
      'DROP TABLE p.main.t',
      'SET threads = 4',
      'PRAGMA disable_optimizer',
      "ATTACH '/tmp/x.duckdb' AS x",
      "COPY (SELECT 1) TO '/tmp/x.csv'",
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM query('SELECT 1')",
      'CALL pragma_version()',
      'INSTALL httpfs',
      '',
    ])
      expect((await refusal(on.run(job(sql)))).code, sql).toBe('engine.refused')
    expect((await refusal(on.run(job('SELECT 1', { templates: ['SELECT $1'] })))).code).toBe('engine.refused')
    expect((await ask(on, 'SELECT count(*) FROM $T'))[0]).toEqual(['1000'])
  })
})

describe('columns', () => {
  const allowed = (...columns: readonly string[]): Partial<Job> => ({ columnsAllowed: new Map([['p.main.t', new Set(columns)]]) })

  it('that the plan reads must be among those allowed', async () => {
    const on = engine({ children: 1 })
    const sql = 'SELECT name FROM $T WHERE id < $1 ORDER BY name LIMIT 2'
    expect(await ask(on, sql, { ...allowed('id', 'name'), parameters: [2] })).toEqual([['name 0'], ['name 1']])
    for (const columns of [['id'], ['name'], []])
      expect((await refusal(on.run(job(sql, { ...allowed(...columns), parameters: [2] })))).code).toBe('engine.refused')
    expect((await refusal(on.run(job(sql, { columnsAllowed: new Map(), parameters: [2] })))).code).toBe('engine.refused')
    const self = `SELECT count(*) FROM (${template}) AS a JOIN (${template}) AS b USING (id) WHERE a.name IS NOT NULL`
    expect(await ask(on, self, allowed('id', 'name'))).toEqual([['1000']])
    const filtered = `SELECT count(*) FROM (${template}) AS a WHERE lower(a.name) LIKE 'NAME 1%' OR a.id IN (3, 5) AND a.id <> 7`
    expect(await ask(on, filtered, allowed('id', 'name'))).toEqual([['2']])
    for (const text of ["it's", 'a\nid > 3', "'\nx id = 'y", "a\n'", 'a\n\n\nid', "id = '"]) {
      const literal = `SELECT count(*) FROM (${template}) AS a WHERE a.name = '${text.replaceAll("'", "''")}'`
      expect(await ask(on, literal, allowed('name')), text).toEqual([['0']])
      expect((await refusal(on.run(job(literal, allowed('id'))))).code).toBe('engine.refused')
    }
    const value = `SELECT count(*) FROM (${template}) AS a WHERE a.name = $1`
    expect(await ask(on, value, { ...allowed('name'), parameters: ["id\0it's"] })).toEqual([['0']])
    expect((await refusal(on.run(job(value, { ...allowed('id'), parameters: ["id\0it's"] })))).code).toBe('engine.refused')
    const cut = `SELECT count(*) FROM (${template}) AS a WHERE a.name = chr(0) || 'x' AND a.id = 3`
    expect(await ask(on, cut, allowed('id', 'name'))).toEqual([['0']])
    expect((await refusal(on.run(job(cut, allowed('name'))))).code).toBe('engine.refused')
    for (const columns of [['id'], ['name']])
      expect((await refusal(on.run(job(filtered, allowed(...columns))))).code).toBe('engine.refused')
  })

  it.each([
    ['a call whose name is a word of SQL', "substring(a.name FROM 1 FOR 6) COLLATE NOCASE = 'NAME 1'"],
    ['fields and names of lambdas', "list_filter([a.name], n -> n = 'name 10')[1] = {'field': a.name}.field"],
    ['quotes', `"right"(a."name", 2) = ' 1' AND a.name <> 'id and "secret"'`],
  ])('are told from other words of a condition: %s', async (_, condition) => {
    const on = engine({ children: 1 })
    const sql = `SELECT count(*) > 0 FROM (${template}) AS a WHERE ${condition}`
    expect(await ask(on, sql, allowed('name'))).toEqual([[true]])
    expect((await refusal(on.run(job(sql, allowed('id'))))).code).toBe('engine.refused')
  })
})

describe('time', () => {
  it('ends a call that cannot be interrupted, and the neighbour notices nothing', async () => {
    const on = engine({ timeoutMs: 700 })
    await Promise.all([ask(on, 'SELECT 1'), ask(on, 'SELECT 2')])
    const begin = performance.now()
    const stuck = refusal(on.run(job(`SELECT ${slow}`)))
    const neighbour = (async () => {
      for (let i = 0; performance.now() - begin < 1_200; i += 1) expect(await ask(on, `SELECT ${i}`)).toEqual([[i]])
    })()
    expect((await stuck).code).toBe('limit.time')
    expect(performance.now() - begin).toBeLessThan(1_500)
    await neighbour
    expect(events.some(({ event, attributes }) => event === 'engine.ended' && attributes.reason === 'did not stop')).toBe(true)
    await expect.poll(() => on.stats().busy).toBe(0)
  })

  it('ends a scan by interrupt and keeps the child', async () => {
    const on = engine({ children: 1, timeoutMs: 400 })
    await ask(on, 'SELECT 1')
    const [pid] = on.stats().pids
    expect((await refusal(on.run(job('SELECT count(*) FROM range(100000000000) AS a(x) WHERE x % 7 = 8')))).code).toBe('limit.time')
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
    expect(on.stats().pids).toEqual([pid])
  })

  it('ends what nobody reads, and what is read too slowly for good', async () => {
    const on = engine({ children: 1, timeoutMs: 5_000, readerMs: 300 })
    const running = await on.run(job('SELECT range FROM range(100000000)'))
    await expect(running.done).rejects.toMatchObject({ code: 'limit.time' })
    // Its child is long free when nobody reads what is left of it.
    const small = await on.run(job('SELECT range FROM range(10)'))
    await expect(small.done).rejects.toMatchObject({ code: 'limit.time' })
    await expect(rowsOf(small)).rejects.toMatchObject({ code: 'limit.time' })
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
  })

  it('does not run while the reader does', async () => {
    const on = engine({ children: 1, timeoutMs: 400 })
    const running = await on.run(job("SELECT range, 'some text' FROM range(60000)"))
    for await (const _ of running.rows) await sleep(40)
    expect(await running.done).toMatchObject({ rows: 60_000 })
  })
})

describe('a caller that goes away', () => {
  it('stops the statement, whatever state it is in', async () => {
    const on = engine({ children: 1 })
    const gone = AbortSignal.abort()
    expect((await refusal(on.run(job('SELECT 1', { signal: gone })))).code).toBe('engine.cancelled')
    const stop = new AbortController()
    const stuck = refusal(on.run(job(`SELECT ${slow}`, { signal: stop.signal })))
    const queued = refusal(on.run(job('SELECT 1', { signal: stop.signal })))
    await sleep(300)
    stop.abort()
    expect((await stuck).code).toBe('engine.cancelled')
    expect((await queued).code).toBe('engine.cancelled')
    expect(await ask(on, 'SELECT 3')).toEqual([[3]])
    expect(on.stats()).toMatchObject({ queued: 0 })
  })

  it('in the middle of the rows frees the child', async () => {
    const on = engine({ children: 1 })
    const running = await on.run(job('SELECT range FROM range(100000000)'))
    for await (const _ of running.rows) break
    await expect(running.done).rejects.toMatchObject({ code: 'engine.cancelled' })
    expect(await ask(on, 'SELECT 3')).toEqual([[3]])
  })
})

describe('memory', () => {
  it('is bounded, and what comes next gets a child that has all of its own', async () => {
    const on = engine({ children: 1, memoryMb: 64, tempMb: 0 })
    await ask(on, 'SELECT 0')
    const [before] = on.stats().pids
    expect((await refusal(ask(on, 'SELECT list(range) FROM range(100000000)'))).code).toBe('limit.memory')
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
    expect(on.stats().pids).not.toContain(before)
  })

  it('that is not given back ends the child after its statement, and not before', async () => {
    // So little that what a statement leaves in this child always is too much.
    const on = engine({ children: 1, memoryMb: 64, overheadMb: 128, timeoutMs: 20_000 })
    await ask(on, 'SELECT 0')
    const [before] = on.stats().pids
    expect(await ask(on, 'SELECT sum(range) FROM range(60000000)')).toEqual([['1799999970000000']])
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
    expect(on.stats().pids).not.toContain(before)
    expect(await ask(on, 'SELECT 2')).toEqual([[2]])
  })

  it('spills to its own folder, within bounds, and leaves nothing behind', async () => {
    const tempDir = mkdtempSync(join(dir, 'spill-'))
    const on = engine({ children: 1, memoryMb: 64, tempMb: 512, tempDir })
    expect(
      await ask(on, 'SELECT count(*) FROM (SELECT range, hash(range) FROM range(4000000) ORDER BY hash(range) LIMIT 3900000)'),
    ).toEqual([['3900000']])
    await on.close()
    await expect.poll(() => readdirSync(tempDir)).toEqual([])
  })

  it.runIf(canHold())('on disk is removed once nothing writes there, and what cannot be removed harms nobody', async () => {
    const tempDir = mkdtempSync(join(dir, 'held-'))
    const on = engine({ children: 1, tempDir })
    await ask(on, 'SELECT 1')
    const [name] = readdirSync(tempDir)
    const held = join(tempDir, name!, 'held')
    writeFileSync(held, '')
    execFileSync('chattr', ['+i', held])
    try {
      process.kill(on.stats().pids[0]!, 'SIGKILL')
      await expect.poll(() => events.some(({ event }) => event === 'engine.temporary_left')).toBe(true)
      expect(await ask(on, 'SELECT 2')).toEqual([[2]])
    } finally {
      execFileSync('chattr', ['-i', held])
    }
    void on.close()
    // Killed, and not gone yet.
    expect(readdirSync(tempDir)).toHaveLength(2)
    await expect.poll(() => readdirSync(tempDir)).toEqual([name])
  })

  it('on disk is bounded too: what one child may spill is what another may not', async () => {
    const sql = `SELECT sum(n) FROM (SELECT h, row_number() OVER (ORDER BY h) AS n
      FROM (SELECT hash(range)::VARCHAR || hash(range + 1) AS h FROM range(2000000))) WHERE h > ''`
    expect(await ask(engine({ children: 1, memoryMb: 64, tempMb: 512, timeoutMs: 30_000 }), sql)).toEqual([['2000001000000']])
    const little = engine({ children: 1, memoryMb: 64, tempMb: 16, timeoutMs: 30_000 })
    expect((await refusal(ask(little, sql))).code).toBe('limit.memory')
    expect(await ask(little, 'SELECT 1')).toEqual([[1]])
  }, 60_000)

  it('is the same however thinly what is asked lies among the rest', async () => {
    const on = engine({ children: 1, memoryMb: 64, overheadMb: 256, threads: 2, timeoutMs: 20_000 })
    const columns = Array.from({ length: 40 }, (_, i) => `id + ${i} AS n${i}`).join(', ')
    // A row of each vector, in one that has room for 2,048 rows of forty columns.
    const rows = await askWide(on, `SELECT ${columns} FROM $W WHERE id % 2048 = 7`)
    expect(rows).toHaveLength(Math.ceil(3_000_000 / 2_048))
    expect(rows.at(-1)?.slice(0, 2)).toEqual(['2998279', '2998280'])
  })

  it.runIf(process.platform === 'linux')('that others left a child with refuses nobody', async () => {
    const on = engine({ children: 1, timeoutMs: 20_000 })
    await ask(on, 'SELECT 0')
    const [pid] = on.stats().pids
    // As if all but 24 MiB were taken.
    execFileSync('prlimit', ['--pid', String(pid), `--data=${(countedMb(pid!) + 24) * 1_048_576}`])
    expect(await ask(on, "SELECT length(repeat('a', 60000000))")).toEqual([['60000000']])
    expect(on.stats().started).toBe(2)
    expect(on.stats().pids).not.toContain(pid)
  })

  it.each([
    ['memory', 'SELECT len(range(300000000))', 2],
    ['disk', 'SELECT count(*) FROM (SELECT range, hash(range) FROM range(9000000) ORDER BY hash(range) LIMIT 8900000)', 1],
  ])('that a whole child does not have is told as such, whatever else there is no room for: %s', async (_, sql, times) => {
    const on = engine({ children: 1, memoryMb: 64, tempMb: 8, timeoutMs: 20_000, perSubject: { waiting: 1, open: 1 } })
    await ask(on, 'SELECT 0', { subject: 'a' })
    expect((await refusal(ask(on, sql, { subject: 'a' }))).code).toBe('limit.memory')
    expect(on.stats().started).toBe(times)
    expect(await ask(on, 'SELECT 1', { subject: 'a' })).toEqual([[1]])
  })

  it('of a statement that was called off is given back, and its child is used again', async () => {
    const on = engine({ children: 1, memoryMb: 128, overheadMb: 384, threads: 2, timeoutMs: 20_000 })
    const columns = Array.from({ length: 40 }, (_, i) => `id + ${i} AS n${i}`).join(', ')
    await ask(on, 'SELECT 0')
    // What Node maps and does not touch is counted too, and differs by version.
    const atFirst = countedMb(on.stats().pids[0]!)
    const most: number[] = []
    for (let i = 0; i < 12; i += 1) {
      const running = await on.run(wideJob(`SELECT ${columns} FROM $W WHERE id % 2048 = 7`))
      for await (const _ of running.rows) break
      await expect(running.done).rejects.toMatchObject({ code: 'engine.cancelled' })
      await ask(on, 'SELECT 1', { files: [{ alias: 'p', path: wideFile }] })
      most.push(countedMb(on.stats().pids[0]!) - atFirst)
    }
    // It had grown by a hundred with each, and grows by 140 at the first.
    expect(Math.max(...most)).toBeLessThan(200)
  }, 60_000)

  it('that the engine does not count ends the child alone', async () => {
    const on = engine({ children: 1, memoryMb: 64, timeoutMs: 20_000 })
    const error = await refusal(
      ask(on, "SELECT length(repeat('a', 1500000000) || repeat('b', 1500000000)) + length(repeat('c', 1500000000))"),
    )
    expect(error.code).toMatch(/^limit.memory$/)
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
  })

  it('of all kinds stays inside the wall, and the neighbour notices nothing', async () => {
    const on = engine({ children: 2, memoryMb: 64, overheadMb: 256, timeoutMs: 20_000 })
    await Promise.all([ask(on, 'SELECT 1'), ask(on, 'SELECT 2')])
    let peak = 0
    const watch = setInterval(() => {
      for (const pid of on.stats().pids) peak = Math.max(peak, residentMb(pid))
    }, 10)
    for (const sql of [
      'SELECT len(range(300000000))',
      "SELECT len(string_split(repeat('a,', 60000000), ','))",
      "SELECT length(replace(repeat('a', 40000000), 'a', 'bbbbbbbbbb'))",
    ]) {
      const heavy = refusal(ask(on, sql))
      expect(await ask(on, 'SELECT 3')).toEqual([[3]])
      expect((await heavy).code).toBe('limit.memory')
    }
    clearInterval(watch)
    // What is shared with others (the programs themselves) counts as resident, and not for the wall.
    expect(peak).toBeLessThan(64 + 256 + 96)
  })

  it('a row of any size is told, not sent', async () => {
    expect((await refusal(ask(engine({ children: 1 }), "SELECT repeat('a', 30000000)"))).code).toBe('limit.rows')
  })

  it('does not grow while the reader stalls', async () => {
    const on = engine({ children: 1, timeoutMs: 5_000 })
    await ask(on, 'SELECT 1')
    const running = await on.run(job("SELECT range, 'some text that fills the pipe ' || range FROM range(20000000)"))
    const [pid] = on.stats().pids
    await sleep(300)
    const before = residentMb(pid!)
    await sleep(1_000)
    expect(residentMb(pid!) - before).toBeLessThan(16)
    let taken = 0
    for await (const part of running.rows) {
      taken += part.length
      if (taken > 5_000_000) break
    }
    expect(residentMb(pid!)).toBeLessThan(400)
  })
})

describe('results', () => {
  it.each([
    [{ rows: 5_000, bytes: 1e9 }, 'SELECT range FROM range(1000000)'],
    [{ rows: 1e9, bytes: 100_000 }, 'SELECT range FROM range(1000000)'],
  ])('are cut at %o, whoever reads them', async (result, sql) => {
    const on = engine({ children: 1, result })
    expect(await refusal(ask(on, sql))).toMatchObject({ code: 'limit.rows' })
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
  })
})

describe('children', () => {
  it('that are killed are replaced; their statement alone is told', async () => {
    const on = engine({ children: 2 })
    await Promise.all([ask(on, 'SELECT 1'), ask(on, 'SELECT 2')])
    const running = await on.run(job('SELECT range FROM range(100000000)'))
    const neighbour = ask(on, 'SELECT count(*) FROM range(300000000)')
    await sleep(100)
    const reading = refusal(rowsOf(running))
    // The first child took the first statement.
    process.kill(on.stats().pids[0]!, 'SIGKILL')
    expect((await reading).code).toBe('engine.unavailable')
    expect(await neighbour).toEqual([['300000000']])
    expect(await ask(on, 'SELECT 3')).toEqual([[3]])
  })

  it('that are killed before a statement has begun are replaced for it, once', async () => {
    const on = engine({ children: 1 })
    const killed = async (others: readonly number[]): Promise<number> => {
      const pids = await vi.waitFor(() => {
        const fresh = on.stats().pids.filter(pid => !others.includes(pid))
        if (fresh.length === 0) throw new Error('none is there')
        return fresh
      })
      process.kill(pids[0]!, 'SIGKILL')
      return pids[0]!
    }
    const asked = ask(on, 'SELECT 1')
    const first = await killed([])
    expect(await asked).toEqual([[1]])
    process.kill(on.stats().pids[0]!, 'SIGKILL')
    await vi.waitFor(() => expect(on.stats().children).toBe(0))
    const again = refusal(ask(on, 'SELECT 1'))
    await killed([first, await killed([first])])
    expect((await again).code).toBe('engine.unavailable')
  })

  it('are bound to their files and few', async () => {
    const on = engine({ children: 2 })
    const first = (path: string): Promise<unknown[][]> => ask(on, 'SELECT min(id) FROM $T', { files: [{ alias: 'p', path }] })
    const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => first(i % 2 ? otherFile : file)))
    expect(answers).toEqual(Array.from({ length: 12 }, (_, i) => [[i % 2 ? '5000' : '0']]))
    expect(on.stats().children).toBeLessThanOrEqual(2)
  })

  it('that open slowly are waited for as long as for one that is busy, and not begun again', async () => {
    const on = engine({ children: 1, waitMs: 300 })
    const first = refusal(on.run(job('SELECT count(*) FROM $T')))
    const { pids } = on.stats()
    process.kill(pids[0]!, 'SIGSTOP')
    expect((await first).code).toBe('limit.busy')
    process.kill(pids[0]!, 'SIGCONT')
    const count = (): Promise<unknown> => ask(on, 'SELECT count(*) FROM $T').catch((error: SelvageError) => error.code)
    await expect.poll(count, { timeout: 20_000 }).toEqual([['1000']])
    expect(on.stats()).toMatchObject({ started: 1, pids })
  })

  it('that cannot be started are told to whoever was to have them, and are tried again', async () => {
    const tempDir = mkdtempSync(join(dir, 'away-'))
    const on = engine({ children: 1, tempDir })
    rmSync(tempDir, { recursive: true })
    for (let i = 0; i < 2; i += 1) expect((await refusal(on.run(job('SELECT 1')))).code).toBe('engine.unavailable')
    mkdirSync(tempDir)
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
    rmSync(tempDir, { recursive: true })
    // In the midst of the end of the one before it.
    const work = [refusal(on.run(job(`SELECT ${slow}`))), refusal(on.run(job('SELECT 1')))]
    process.kill(on.stats().pids[0]!, 'SIGKILL')
    for (const error of await Promise.all(work)) expect(error.code).toBe('engine.unavailable')
    mkdirSync(tempDir)
    expect(await ask(on, 'SELECT 2')).toEqual([[2]])
  })

  it('whose files are not there say so and do not start again by themselves', async () => {
    const on = engine({ children: 1 })
    const error = await refusal(on.run(job('SELECT 1', { files: [{ alias: 'p', path: join(dir, 'gone.duckdb') }] })))
    expect(error.code).toBe('engine.unavailable')
    expect(error.message).not.toContain(dir)
    await sleep(200)
    expect(on.stats()).toMatchObject({ children: 0, started: 1 })
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
  })

  it('take turns', async () => {
    const on = engine({ children: 2 })
    const numbers = Array.from({ length: 320 }, (_, i) => i)
    let next = 0
    const client = async (): Promise<void> => {
      for (let i = next++; i < numbers.length; i = next++) {
        const rows = await ask(on, `SELECT id, ${i} FROM $T WHERE id < ${i % 50} ORDER BY id`)
        expect(rows).toEqual(Array.from({ length: i % 50 }, (_, id) => [String(id), i]))
      }
    }
    await Promise.all(Array.from({ length: 32 }, client))
    expect(on.stats()).toMatchObject({ children: 2, queued: 0, statements: 320, started: 2 })
  })

  it('refuse more than may wait, of one subject and of all', async () => {
    const on = engine({ children: 1, queue: 4, waitMs: 600, timeoutMs: 300, perSubject: { waiting: 2, open: 9 } })
    const work = 'aaaabcde'.split('').map(subject => on.run(job(`SELECT ${slow}`, { subject })).catch((error: SelvageError) => error.code))
    // The first runs; two more of a wait, and b and c.
    const told = await Promise.all(work)
    expect([told[3], told[6], told[7]]).toEqual(['limit.share', 'limit.busy', 'limit.busy'])
    expect(told.filter((_, i) => ![3, 6, 7].includes(i)).every(code => code === 'limit.time' || code === 'limit.busy')).toBe(true)
  })

  it('are never all held by one subject, and what it waits for counts', async () => {
    const on = engine({ children: 3, timeoutMs: 20_000, waitMs: 20_000 })
    const stop = new AbortController()
    const endless = (): Promise<unknown> => on.run(job('SELECT range FROM range(100000000)', { subject: 'greedy', signal: stop.signal }))
    await Promise.all([endless(), endless()])
    const third = refusal(endless())
    expect(await ask(on, 'SELECT 7', { subject: 'polite' })).toEqual([[7]])
    expect(on.stats()).toMatchObject({ busy: 2, queued: 1 })
    stop.abort()
    expect((await third).code).toBe('engine.cancelled')
  })

  it('are not taken from others by who brought one down: they get a new one', async () => {
    const on = engine({ children: 2, timeoutMs: 20_000 })
    const slow = 'SELECT max(range) FROM range(30000000)'
    await Promise.all(['greedy', 'polite'].map(subject => ask(on, slow, { subject })))
    const before = on.stats().pids
    expect(before).toHaveLength(2)
    const bomb = "SELECT len(repeat('x', 1000000000))"
    expect((await refusal(ask(on, bomb, { subject: 'greedy' }))).code).toBe('limit.memory')
    await expect.poll(() => on.stats().pids).toHaveLength(1)
    const [left] = on.stats().pids
    expect(await ask(on, 'SELECT 1', { subject: 'greedy' })).toEqual([[1]])
    // Of two, the one that was left has nothing to do with it.
    expect(on.stats().pids).toHaveLength(2)
    expect(on.stats().pids).toContain(left)
    expect(await ask(on, 'SELECT 2', { subject: 'greedy' })).toEqual([[2]])
    // The two, one for the bomb alone, as others had left something in its first, and one afterwards.
    expect(on.stats().started).toBe(4)
  })

  it('count what is not read to its end, of one subject and of all', async () => {
    const on = engine({ children: 1, open: 3, perSubject: { waiting: 9, open: 2 } })
    const unread = await Promise.all([on.run(job('SELECT 1', { subject: 'a' })), on.run(job('SELECT 1', { subject: 'a' }))])
    expect((await refusal(on.run(job('SELECT 1', { subject: 'a' })))).code).toBe('limit.share')
    const other = await on.run(job('SELECT 1', { subject: 'b' }))
    expect((await refusal(on.run(job('SELECT 1', { subject: 'c' })))).code).toBe('limit.busy')
    for (const running of [...unread, other]) expect(await rowsOf(running)).toEqual([[1]])
    expect(await ask(on, 'SELECT 2', { subject: 'a' })).toEqual([[2]])
  })

  it('end when they have nothing to do', async () => {
    const on = engine({ children: 1, idleMs: 50 })
    await ask(on, 'SELECT 1')
    await expect.poll(() => on.stats().children).toBe(0)
    expect(await ask(on, 'SELECT 1')).toEqual([[1]])
  })

  it('end with the gate, and say so to whoever waits', async () => {
    const on = engine({ children: 1 })
    await ask(on, 'SELECT 1')
    const [pid] = on.stats().pids
    const work = [refusal(on.run(job(`SELECT ${slow}`))), refusal(on.run(job('SELECT 1')))]
    await on.close()
    for (const error of await Promise.all(work)) expect(error.code).toBe('engine.unavailable')
    await expect.poll(() => alive(pid!)).toBe(false)
    expect((await refusal(on.run(job('SELECT 1')))).code).toBe('engine.unavailable')
  })

  it('have locked settings, no environment of the gate and no way out', async () => {
    const on = engine({ children: 1 })
    await ask(on, 'SELECT 1')
    const [pid] = on.stats().pids
    if (process.platform === 'linux') expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toBe(`${childEnvironment}\0`)
    expect(await ask(on, "SELECT '2021-06-01 12:00:00'::TIMESTAMPTZ")).toEqual([['2021-06-01T12:00:00Z']])
  })
})

/** Whether a file can be made one that nobody removes: on some file systems, by root. */
function canHold(): boolean {
  const probe = join(dir, 'probe')
  writeFileSync(probe, '')
  try {
    for (const how of ['+i', '-i']) execFileSync('chattr', [how, probe], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
