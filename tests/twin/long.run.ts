import { expect, it } from 'vitest'
import type { Printed } from './node.ts'
import { summary } from './report.ts'
import { type Property, Run } from './run.ts'

interface Asked {
  readonly property: Property
  readonly queries?: string
  readonly seed?: string
  readonly world?: string
  readonly replay?: string
  readonly parameters?: string
  readonly strict?: boolean
}

const asked = JSON.parse(process.env.TWIN ?? '{"property": "twin"}') as Asked
const seed = Number(asked.seed ?? Date.now() % 1_000_000)
const queries = Number(asked.queries ?? 2_000)
const log = (line: string): void => void process.stdout.write(`${line}\n`)
const options = { properties: [asked.property], queries, seed, log, strict: asked.strict === true } as const

it.runIf(asked.replay === undefined)(`${asked.property}: ${queries} statements, seed ${seed}`, async () => {
  const started = performance.now()
  const report = await new Run(options).all()
  log(summary(asked.property, seed, report, performance.now() - started))
  expect(report.failures.length, 'differences, each printed above').toBe(0)
  if (asked.property === 'noninterference' && queries >= 200) expect(report.greatly).toBeGreaterThan(0)
  // What a short run does not meet, a long one must.
  if (queries >= 20_000) expect(report.coverage.uncovered()).toEqual([])
})

it.runIf(asked.replay !== undefined)('one statement', async () => {
  const printed = { sql: asked.replay, ...(asked.parameters === undefined ? {} : { parameters: JSON.parse(asked.parameters) }) } as Printed
  const lines = await new Run(options).replay(Number(asked.world), printed)
  log(lines.join('\n'))
  expect(lines.filter(line => line.startsWith(asked.property))).toEqual([`${asked.property}: the same`])
})
