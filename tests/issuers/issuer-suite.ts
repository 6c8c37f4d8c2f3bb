import { missingParts, type Part } from '@selvage/testkit/foreign'
import { describe } from 'vitest'

/** A suite that needs tools which a machine may lack: there it is skipped, and its name says so; in CI it fails. */
export function describeIssuer(name: string, parts: readonly Part[], suite: () => void): void {
  const missing = missingParts(parts)
  if (missing.length === 0) return void describe(name, suite)
  if (process.env.CI === 'true') throw new Error(`${name}: CI lacks ${missing.join(', ')}`)
  describe.skip(`${name} (skipped without ${missing.join(', ')})`, suite)
}
