import { z } from 'zod'
import { CommandError } from '../exit.ts'

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const shape = z.looseObject({
  mesh: z.string(),
  directory: digest,
  signers: z
    .array(
      z.looseObject({
        who: z.string().regex(/^[a-z][a-z0-9_]*$/),
        before: digest.nullable(),
        after: digest,
        handedOut: digest.nullable().exactOptional(),
      }),
    )
    .max(1_000)
    .refine(list => new Set(list.map(({ who }) => who)).size === list.length, 'a signer is named twice'),
})

/**
 * What a plan saved: of the directory its digest (`directoryDigest`); of each signer whose bundle is to change digests of what it
 * says (`contentDigest`), before (null: nothing) and after; of the centre also of what control hands out, which the gates may
 * have refused or not taken yet.
 */
export type Plan = Pick<z.infer<typeof shape>, 'mesh' | 'directory' | 'signers'>

/** Throws a `CommandError` for what is no plan. */
export function parsePlan(text: string): Plan {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new CommandError('usage', 'this is no plan: it is not JSON', { cause })
  }
  const plan = shape.safeParse(value)
  if (plan.success) return plan.data
  throw new CommandError('usage', `this is no plan: ${z.prettifyError(plan.error)}`, { help: 'Save one with `selvage plan --out`.' })
}
