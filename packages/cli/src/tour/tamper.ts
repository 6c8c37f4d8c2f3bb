import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseVerifierKey, verifyLog } from '@selvage/ledger'
import { directoryReader } from '@selvage/ledger/io'

export interface Tampering {
  readonly what: string
  /** Changes a copy of the log. */
  readonly change: (dir: string) => void
}

const bundles = (dir: string): string[] =>
  readdirSync(join(dir, 'tile', 'entries'), { recursive: true, encoding: 'utf8' })
    .map(name => join(dir, 'tile', 'entries', name))
    .filter(path => statSync(path).isFile())
    .sort()

export const tamperings: readonly Tampering[] = [
  {
    what: 'one bit of one entry flips',
    change: dir => {
      for (const path of bundles(dir)) {
        const bytes = readFileSync(path)
        bytes[40] = (bytes[40] ?? 0) ^ 1
        writeFileSync(path, bytes)
      }
    },
  },
  {
    what: 'an entry is cut off',
    change: dir => {
      for (const path of bundles(dir)) {
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.subarray(0, bytes.length - 20))
      }
    },
  },
]

/** A copy of what is public of a log, to be tampered with; what is private stays where it is. */
export function copyLog(dir: string): { readonly dir: string; readonly remove: () => void } {
  const copy = mkdtempSync(join(tmpdir(), 'selvage-tour-'))
  for (const name of ['checkpoint', 'tile']) if (existsSync(join(dir, name))) cpSync(join(dir, name), join(copy, name), { recursive: true })
  return { dir: copy, remove: () => rmSync(copy, { recursive: true, force: true }) }
}

export async function verdict(dir: string, key: string): Promise<{ readonly ok: boolean; readonly what: string; readonly size: number }> {
  const report = await verifyLog(directoryReader(dir), { key: parseVerifierKey(key) })
  return { ok: report.ok, size: report.size, what: report.ok ? `${report.size} entries` : (report.firstBad?.what ?? 'does not verify') }
}
