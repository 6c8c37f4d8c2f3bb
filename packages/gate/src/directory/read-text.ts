import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** Bytes of all files of a directory together. */
export const directoryBytes = 4 * 1024 * 1024

/** Why a directory is none, in words that name neither a path nor what stands in it. */
export class Unsound extends Error {}

/**
 * The texts of regular files, by no link, UTF-8 to the letter, `directoryBytes` together at most. Throws what the
 * system says, or Unsound.
 */
export async function readTexts(paths: readonly string[]): Promise<readonly string[]> {
  const texts: string[] = []
  let left = directoryBytes
  for (const path of paths) {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const bytes = await readBounded(handle, left)
      left -= bytes.length
      texts.push(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } finally {
      await handle.close()
    }
  }
  return texts
}

/** It may grow while it is read. */
async function readBounded(handle: FileHandle, most: number): Promise<Buffer> {
  if (!(await handle.stat()).isFile()) throw new Unsound('a directory is no regular file')
  const room = Buffer.alloc(most + 1)
  let length = 0
  for (;;) {
    const { bytesRead } = await handle.read(room, length, room.length - length)
    length += bytesRead
    if (length > most) throw new Unsound(`the directory is larger than ${directoryBytes} bytes`)
    if (bytesRead === 0) return room.subarray(0, length)
  }
}
