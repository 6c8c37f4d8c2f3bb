import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncFolder, writeSynced } from './synced-file.ts'

/** Replaces a file whole: whoever reads it, also after a crash, sees the old text or the new one. */
export function replaceFile(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const partial = `${path}.${process.pid}.partial`
  try {
    writeSynced(partial, text, mode)
    renameSync(partial, path)
  } catch (error) {
    // A disk that is full is not filled further by what did not fit.
    rmSync(partial, { force: true })
    throw error
  }
  syncFolder(dirname(path))
}

/** The text of a kept file, or undefined where there is none. Larger than `maxLength` bytes is refused. */
export function readKept(path: string, maxLength: number): string | undefined {
  if (!existsSync(path)) return undefined
  if (statSync(path).size > maxLength) throw new Error(`larger than ${maxLength} bytes: ${path}`)
  return readFileSync(path, 'utf8')
}
