import { closeSync, fdatasyncSync, openSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeDurableDirectory, syncDirectory } from './directory.ts'
import { layout } from './layout.ts'

/** The whole of `bytes`; the kernel may take less in one call. */
export function writeAll(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done
    done += writeSync(fd, bytes, done, bytes.length - done, at)
  }
}

interface StagedFile {
  readonly fd: number
  readonly temporary: string
  readonly path: string
}

/**
 * Files that appear whole or not at all and are on the disk when `commit` returns: temporary file, fdatasync,
 * rename, fsync of the directories. All are written before the first is synced, so that one journal commit serves many.
 */
export class DurableFiles {
  readonly #dir: string
  readonly #staged: StagedFile[] = []
  #made = 0

  constructor(dir: string) {
    this.#dir = dir
  }

  /** Files that wait for `commit`. */
  get count(): number {
    return this.#staged.length
  }

  /** `mode` is 0644 for what is served and 0600 for what is not. */
  stage(path: string, bytes: Uint8Array | string, mode = 0o644): void {
    this.#made += 1
    const temporary = join(layout.temporary(this.#dir), `${process.pid}-${this.#made}`)
    const fd = openSync(temporary, 'w', mode)
    this.#staged.push({ fd, temporary, path })
    writeAll(fd, typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  }

  commit(): void {
    const files = this.#staged.splice(0)
    for (const { fd } of files) {
      fdatasyncSync(fd)
      closeSync(fd)
    }
    const directories = new Set<string>()
    for (const { temporary, path } of files) {
      makeDurableDirectory(dirname(path), 0o777)
      renameSync(temporary, path)
      directories.add(dirname(path))
    }
    for (const directory of directories) syncDirectory(directory)
  }
}
