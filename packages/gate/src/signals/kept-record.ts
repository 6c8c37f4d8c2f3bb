import { z } from 'zod'
import type { KeptRecord } from './kept-events.ts'

const id = z.string().min(1).max(512)
const at = z.int().min(0)
const change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['party', 'sessionless', 'session', 'ended', 'token']), id, at }),
  z.strictObject({ kind: z.enum(['all', 'since']), at }),
  z.strictObject({ kind: z.literal('posture'), owner: id.optional(), device: id.optional(), compliant: z.boolean(), at }),
])
const shape = z.strictObject({
  issuer: id,
  event: z.strictObject({ id, digest: id, issuedAt: at }).optional(),
  changes: z.array(change).max(1_000),
})

/** Throws for what this gate did not write. */
export const parseKeptRecord = (text: string): KeptRecord => shape.parse(JSON.parse(text)) as KeptRecord
