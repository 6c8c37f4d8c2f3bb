import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs'

/** The whole text (one call may write a part of it), on the disk when this returns. */
export function writeSynced(path: string, text: string, mode: number): void {
  const file = openSync(path, 'w', mode)
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
