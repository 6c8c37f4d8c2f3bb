import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Replaces a file whole: whoever reads it, also after a crash, sees the old text or the new one. */
export function replaceFile(path: string, text: string, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const partial = `${path}.${process.pid}.partial`
  const file = openSync(partial, 'w', mode)
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(partial, path)
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** The text of a kept file, or undefined where there is none. Larger than `maxLength` bytes is refused. */
export function readKept(path: string, maxLength: number): string | undefined {
  if (!existsSync(path)) return undefined
  if (statSync(path).size > maxLength) throw new Error(`larger than ${maxLength} bytes: ${path}`)
  return readFileSync(path, 'utf8')
}
