import { isHyphenatedName } from '@selvage/kernel/model'
import { z } from 'zod'

/** Characters. */
const longest = 256
const schema = z.tuple([z.strictObject({ type: z.literal('selvage'), purpose: z.string().refine(isHyphenatedName) })])

/**
 * The purpose that `authorization_details` (RFC 9396) name: one detail of the type `selvage` with a purpose, and nothing else.
 * Undefined where they name none. attacker-controlled: it is shown to whoever approves, and a name leaves no room for a story.
 */
export function readPurpose(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > longest) return undefined
  try {
    return schema.parse(JSON.parse(text))[0].purpose
  } catch {
    return undefined
  }
}
