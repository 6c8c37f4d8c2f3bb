import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CommandError } from '../exit.ts'
import type { Cell } from '../text.ts'

const cell = z.custom<Cell>(() => true)
const step = z.object({
  as: z.string(),
  for: z.string().optional(),
  purpose: z.string(),
  sql: z.string(),
  rows: z.array(z.array(cell)).optional(),
  /** Values of the first column, in order. */
  ids: z.array(z.string()).optional(),
  first: z.array(cell).optional(),
  /** Hex SHA-256 of all rows as JSON, in order. */
  digest: z.string().optional(),
  tokens: z.record(z.string(), z.number()).optional(),
  code: z.string().optional(),
  rule: z.string().optional(),
})

export type ExpectedStep = z.infer<typeof step>

/** The table of what the tour must see, computed from the CSV files by SQL that knows nothing of us. */
export function readExpected(tree: string, data: 'sample' | 'real'): Readonly<Record<string, ExpectedStep>> {
  const path = join(tree, `expected.${data}.json`)
  if (!existsSync(path)) throw new CommandError('usage', 'the tour belongs to the example mesh', { help: 'Start that with `npm start`.' })
  return z.object({ steps: z.record(z.string(), step) }).parse(JSON.parse(readFileSync(path, 'utf8'))).steps
}
