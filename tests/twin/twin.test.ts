import { expect, it } from 'vitest'
import { summary } from './report.ts'
import { Run } from './run.ts'

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

it(`answers are those of a database that holds only what may be seen, and hidden rows and cells move nothing: seed ${seed}`, async () => {
  const started = performance.now()
  const lines: string[] = []
  const report = await new Run({
    properties: ['twin', 'noninterference'],
    queries: 70,
    perWorld: 70,
    seed,
    stopAfter: 3,
    log: line => lines.push(line),
  }).all()
  process.stdout.write(`${summary('twin and noninterference', seed, report, performance.now() - started)}\n`)
  expect(lines).toEqual([])
  // Of one mesh: its rules may close one of its tables whole.
  expect(report.answered / report.asked).toBeGreaterThan(0.4)
}, 300_000)

it('types are those of the statement as it runs, where the engine describes them otherwise', async () => {
  const run = new Run({ properties: ['twin'], queries: 1, perWorld: 1, seed: 20261126, stopAfter: 1, log: () => undefined })
  const always = 'if(CAST(NULL AS BOOLEAN), CAST($p1 AS VARCHAR), CAST(NULL AS VARCHAR))'
  const sql = `SELECT list_filter(string_split(${always}, 'e'), x -> x <> 'a')[1] AS c, $p1 AS p FROM shop.ops.invoice`
  const lines = await run.replay(32, { sql, parameters: { p1: 'x' } } as Parameters<Run['replay']>[1])
  expect(lines[0], lines.join('\n')).toBe('twin: the same')
  expect(lines[1]).toContain('"name":"c","type":"INTEGER"')
}, 120_000)
