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
  expect(report.answered / report.asked).toBeGreaterThan(0.7)
}, 300_000)
