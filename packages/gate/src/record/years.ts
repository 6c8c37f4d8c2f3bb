import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type LogOptions, openLog } from '@selvage/ledger/io'
import type { Log } from '../ports.ts'

/** Folders of logs that a look back reads at most, the newest. */
export const yearsAtMost = 32

/** One log for each year in which the gate was started, the newest year first, the one in use among them. */
export function findYears(auditDir: string): readonly string[] {
  const parent = dirname(auditDir)
  const own = basename(auditDir)
  const names = readdirSync(parent, { withFileTypes: true })
    .filter(found => found.isDirectory() && /^\d{4}$/.test(found.name) && found.name !== own)
    .map(found => found.name)
  return [...names, own].sort((a, b) => (a < b ? 1 : -1)).map(name => join(parent, name))
}

/** A log's name ends in its year, as its folder does. */
export const originIn = (origin: string, dir: string): string => origin.replace(/[^/]*$/, basename(dir))

/**
 * Publishes what a gate that died in an earlier year had acknowledged and not yet published: nobody opens that log for
 * writing any more. One that cannot be opened is left as it is, and told to the operator.
 */
export async function settleYears(options: LogOptions, log: Log): Promise<void> {
  for (const dir of findYears(options.dir)) {
    if (dir === options.dir) continue
    try {
      const onFatal = (error: Error): void => log('ledger.unsettled', { dir, cause: String(error) })
      const writer = await openLog({ ...options, dir, origin: originIn(options.origin, dir), onFatal })
      await writer.close()
    } catch (error) {
      log('ledger.unsettled', { dir, cause: String(error) })
    }
  }
}
