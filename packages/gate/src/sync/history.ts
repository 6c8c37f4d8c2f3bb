import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { maxBundleLength, readKept, replaceFile } from '@selvage/bundle'
import type { Log } from '../ports.ts'

/** Bundles that were in force, by their digest, so that what was decided under them can be decided again. */
export interface BundleHistory {
  /** What the disk refuses is told in the log and stops nothing. */
  readonly add: (digest: string, envelope: string) => void
  /** @param digest its beginning; undefined where it is not kept, or not any more */
  readonly find: (digest: string) => string | undefined
}

const most = 64
const mostBytes = 256 * 1024 * 1024
const named = /^[0-9a-f]{64}\.json$/

export function openHistory(dir: string, log: Log): BundleHistory {
  const names = (): readonly string[] => {
    try {
      return readdirSync(dir).filter(name => named.test(name))
    } catch {
      return []
    }
  }

  /** The newest stay. */
  function bound(): void {
    const files = names().map(name => ({ path: join(dir, name), ...stat(join(dir, name)) }))
    let bytes = 0
    for (const [at, { path, size }] of files.sort((a, b) => b.time - a.time).entries()) {
      bytes += size
      if (at >= most || bytes > mostBytes) rmSync(path, { force: true })
    }
  }

  return {
    add: (digest, envelope) => {
      try {
        replaceFile(join(dir, `${digest}.json`), envelope)
        bound()
      } catch (error) {
        log('policy.history_refused', { digest, cause: String(error) })
      }
    },
    find: digest => {
      const name = names().find(one => one.startsWith(digest))
      return name === undefined ? undefined : readKept(join(dir, name), maxBundleLength * 2)
    },
  }
}

const stat = (path: string): { readonly size: number; readonly time: number } => {
  const { size, mtimeMs } = statSync(path)
  return { size, time: mtimeMs }
}
