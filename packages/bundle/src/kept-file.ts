import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDurableDirectory, syncDirectory } from '@selvage/ledger/directory'
import { writeSynced } from './synced-file.ts'

/** Replaces a file whole: whoever reads it, also after a crash, sees the old text or the new one. It is on the disk then. */
export function replaceFile(path: string, text: string, mode = 0o600): void {
  makeDurableDirectory(dirname(path), 0o700)
  const partial = `${path}.${process.pid}.partial`
  try {
    writeSynced(partial, text, mode)
    renameSync(partial, path)
  } catch (error) {
    // A disk that is full is not filled further by what did not fit.
    rmSync(partial, { force: true })
    throw error
  }
  syncDirectory(dirname(path))
}

/**
 * The text of a kept file, or undefined where there is none. Larger than `maxLength` bytes is refused. What it gives is on
 * the disk: a process that died before it had synced the name leaves a text that would go with the power, after it was acted upon.
 */
export function readKept(path: string, maxLength: number): string | undefined {
  if (!existsSync(path)) return undefined
  if (statSync(path).size > maxLength) throw new Error(`larger than ${maxLength} bytes: ${path}`)
  makeDurableDirectory(dirname(path), 0o700)
  syncDirectory(dirname(path))
  return readFileSync(path, 'utf8')
}
