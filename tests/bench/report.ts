import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Row {
  readonly part: string
  readonly what: string
  readonly value: number
  readonly unit: string
  /** What is wanted of it on the machine that docs/benchmarks.md names. */
  readonly atMost?: number
  readonly atLeast?: number
}

const dir = process.env.SELVAGE_BENCH_ROWS

/** One line of the table that `npm run bench` prints. */
export function report(row: Row): void {
  const { atMost, atLeast, ...rest } = row
  const bar = atMost !== undefined ? `≤ ${atMost}` : atLeast !== undefined ? `≥ ${atLeast}` : undefined
  const met = row.value <= (atMost ?? Number.POSITIVE_INFINITY) && row.value >= (atLeast ?? Number.NEGATIVE_INFINITY)
  const line = { ...rest, ...(bar === undefined ? {} : { bar, met }) }
  if (dir === undefined) console.log(line)
  else appendFileSync(join(dir, `${row.part.replaceAll(' ', '-')}.jsonl`), `${JSON.stringify(line)}\n`)
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
