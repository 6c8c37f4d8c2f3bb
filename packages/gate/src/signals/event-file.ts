import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory } from '@selvage/ledger/directory'

/** Characters that are written at once. */
const batchLength = 1024 * 1024

/** Lines, of which each that it says is there is there whole, and on the disk. */
export class EventFile {
  /** So many it began with. */
  readonly lines: number
  readonly #file: FileHandle
  readonly #path: string
  #length: number

  private constructor(file: FileHandle, path: string, { length, lines }: { length: number; lines: number }) {
    this.#file = file
    this.#path = path
    this.#length = length
    this.lines = lines
  }

  /** Beside the one that it shall replace, which stays as it is until `takePlace`. Throws where it is not written whole. */
  static async write(path: string, lines: Iterable<string>): Promise<EventFile> {
    const partial = partialOf(path)
    const file = await open(partial, 'w', 0o600)
    try {
      const written = await writeLines(file, lines)
      await file.sync()
      const { size } = await file.stat()
      if (size !== written.length) throw new Error(`${size} bytes where ${written.length} were written`)
      return new EventFile(file, path, written)
    } catch (error) {
      await file.close().catch(() => undefined)
      // A disk that is full is not filled further by what did not fit.
      await rm(partial, { force: true }).catch(() => undefined)
      throw error
    }
  }

  /** Its name is on the disk then. After an error nobody knows which one has it. */
  async takePlace(): Promise<void> {
    await rename(partialOf(this.#path), this.#path)
    syncDirectory(dirname(this.#path))
  }

  /** On the disk then. After an error it is as if it had not been tried. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    // What one that failed may have left.
    await this.#file.truncate(this.#length)
    await writeWhole(this.#file, bytes, this.#length)
    await this.#file.datasync()
    this.#length += bytes.length
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

const partialOf = (path: string): string => `${path}.partial`

async function writeLines(file: FileHandle, all: Iterable<string>): Promise<{ length: number; lines: number }> {
  let [batch, length, lines] = ['', 0, 0]
  const flush = async (): Promise<void> => {
    const bytes = Buffer.from(batch)
    await writeWhole(file, bytes, length)
    length += bytes.length
    batch = ''
  }
  for (const line of all) {
    batch += line
    lines += 1
    if (batch.length >= batchLength) await flush()
  }
  await flush()
  return { length, lines }
}

/** The system may take less in one call, and says no error: on a disk that is nearly full, it takes what fits. */
async function writeWhole(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done)
    if (bytesWritten === 0) throw new Error('nothing was written')
    done += bytesWritten
  }
}
