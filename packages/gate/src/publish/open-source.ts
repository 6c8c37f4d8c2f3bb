import { constants } from 'node:fs'
import { type FileHandle, open, readlink } from 'node:fs/promises'

/** The file is not the one that was found: it is gone, or it or a folder above it was swapped for a link. */
export class SourceMoved extends Error {}

/** An open file by a path of its own, which stays what it is whatever becomes of the name (Linux). */
export const ownPath = (fd: number): string => `/proc/self/fd/${fd}`

/** Whether the open file has this name now, through no link. */
export const liesAt = async (handle: FileHandle, path: string): Promise<boolean> => (await readlink(ownPath(handle.fd))) === path

/**
 * Opens a regular file at exactly this path, which has no symbolic link in it, and waits for nobody. Throws SourceMoved.
 * attacker-controlled: what stands at the path now, by whoever fills the data folder.
 */
export async function openSource(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const handle = await open(path, flags).catch((cause: unknown) => {
    throw new SourceMoved('a source file is not there any more', { cause })
  })
  try {
    // Where it lies is asked of what was opened: a link in the midst of the path leads elsewhere.
    if ((await handle.stat()).isFile() && (await liesAt(handle, path))) return handle
  } catch (cause) {
    await handle.close()
    throw new SourceMoved('where a source file lies cannot be told', { cause })
  }
  await handle.close()
  throw new SourceMoved('a source file lies elsewhere')
}
