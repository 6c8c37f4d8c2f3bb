import type { ReadPolicies } from '@selvage/cedar'
import type { Finding } from '@selvage/kernel/model'
import type { PolicyJson } from '@selvage/kernel/policy'
import { z } from 'zod'
import type { DecidedTable } from './message.ts'

/** Each key of the type has to be there: one that is forgotten does not compile. */
type Whole<T> = Record<keyof T, z.ZodType>

// Only decision tests tell differences, and the child runs none.
const finding = z.strictObject({
  code: z.string(),
  severity: z.enum(['error', 'warning', 'note']),
  file: z.string(),
  line: z.int().min(1).exactOptional(),
  column: z.int().min(1).exactOptional(),
  what: z.string(),
  help: z.string(),
} satisfies Whole<Omit<Finding, 'differences'>>)

const policy = z.strictObject({
  id: z.string(),
  path: z.string(),
  line: z.int().min(1).exactOptional(),
  column: z.int().min(1).exactOptional(),
  effect: z.enum(['permit', 'forbid']),
  annotations: z.record(z.string(), z.string()),
  est: z.unknown(),
} satisfies Whole<PolicyJson>)

const shape = z.strictObject({
  policies: z.array(policy),
  findings: z.array(finding),
  unsound: z.array(finding),
} satisfies Whole<ReadPolicies>)

const mask = z.enum(['partial', 'generalize', 'token', 'null'])
const decidedRow = z.strictObject({ visible: z.boolean(), cells: z.record(z.string(), z.array(mask).nullable()) })
const known = z.enum(['shown', 'hidden', 'open'])
const decidedTable = z.strictObject({
  rows: z.array(decidedRow),
  known: z.strictObject({ table: known, columns: z.record(z.string(), known) }).exactOptional(),
  declared: z.array(z.string()).exactOptional(),
} satisfies Whole<DecidedTable>)
const decided = z.array(decidedTable)

/** attacker-controlled: as `parseRead`. */
export const parseDecided = (payload: Buffer): readonly DecidedTable[] => decided.parse(JSON.parse(payload.toString()))

/** attacker-controlled: the child read what others wrote. What does not fit is thrown. */
export const parseRead = (payload: Buffer): ReadPolicies => shape.parse(JSON.parse(payload.toString()))
