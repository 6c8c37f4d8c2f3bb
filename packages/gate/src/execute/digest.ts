import { createHash } from 'node:crypto'

/** Of texts in their order; where one ends is part of it. */
export function digestOf(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('base64')
}
