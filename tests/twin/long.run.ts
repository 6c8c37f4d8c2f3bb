import { expect, it } from 'vitest'
import { parseAsked } from './asked.ts'
import { summary } from './report.ts'
import { Run } from './run.ts'
import { findShortfalls } from './verdict.ts'

const { property, queries, seed, strict, replay } = parseAsked(
  JSON.parse(process.env.TWIN ?? '["twin"]') as string[],
  Date.now() % 1_000_000,
)
const wantsGreat = property === 'noninterference' && queries >= 200
const log = (line: string): void => void process.stdout.write(`${line}\n`)
const run = new Run({ properties: [property], queries, seed, log, strict, greatShare: wantsGreat ? 60 : 0 })

it.runIf(replay === undefined)(`${property}: ${queries} statements, seed ${seed}`, async () => {
  const started = performance.now()
  const report = await run.all()
  log(summary(`${property}${strict ? ', strictly' : ''}`, seed, report, performance.now() - started))
  expect(report.failures.length, 'differences, each printed above').toBe(0)
  expect(findShortfalls(report, wantsGreat)).toEqual([])
  // What a short run does not meet, a long one must.
  if (queries >= 20_000) expect(report.coverage.uncovered()).toEqual([])
})

it.runIf(replay !== undefined)('one statement', async () => {
  const lines = await run.replay(replay!)
  log(lines.join('\n'))
  expect(lines[0]).toBe(`${property}: the same`)
})
