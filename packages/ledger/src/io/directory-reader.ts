import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { maxBundleBytes } from '../entry-bundle.ts'
import { LedgerError } from '../error.ts'
import { hashBytes } from '../hash.ts'
import type { LogReader } from '../reader.ts'
import { entriesPath, tilePath, tileWidth } from '../tile.ts'

const maxCheckpointBytes = 512 * 1024

/** Reads a log from its directory, such as a copy that an auditor was given. */
export function directoryReader(dir: string): LogReader {
  return tiledReader((path, maxBytes) => readBounded(join(dir, path), path, maxBytes))
}

/** Gives the bytes at a path of the log, at most `maxBytes`, or throws `missing`, `too_large` or `unreachable`. */
export type ReadPath = (path: string, maxBytes: number) => Promise<Uint8Array>

/** A reader over paths as C2SP tlog-tiles has them. A partial resource may be gone once the full one exists. */
export function tiledReader(read: ReadPath): LogReader {
  return {
    checkpoint: () => read('checkpoint', maxCheckpointBytes),
    tile: async (level, index, width) => {
      const got = await readPartial(read, w => tilePath(level, index, w), width, tileWidth * hashBytes)
      return got.width === width ? got.bytes : got.bytes.subarray(0, width * hashBytes)
    },
    entries: (index, width) => readPartial(read, w => entriesPath(index, w), width, maxBundleBytes),
  }
}

async function readPartial(
  read: ReadPath,
  path: (width: number) => string,
  width: number,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; width: number }> {
  try {
    return { bytes: await read(path(width), maxBytes), width }
  } catch (error) {
    if (width === tileWidth || !isMissing(error)) throw error
    return readFull(read, path, width, maxBytes)
  }
}

async function readFull(read: ReadPath, path: (width: number) => string, width: number, maxBytes: number) {
  try {
    return { bytes: await read(path(tileWidth), maxBytes), width: tileWidth }
  } catch (error) {
    if (isMissing(error)) throw new LedgerError('missing', `${path(width)} is missing`)
    throw error
  }
}

const isMissing = (error: unknown): boolean => error instanceof LedgerError && error.code === 'missing'

async function readBounded(file: string, path: string, maxBytes: number): Promise<Uint8Array> {
  const handle = await open(file, 'r').catch(cause => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') throw new LedgerError('missing', `${path} is missing`, { cause })
    throw new LedgerError('unreachable', `${path} cannot be read`, { cause })
  })
  try {
    const status = await handle.stat()
    if (!status.isFile()) throw new LedgerError('missing', `${path} is not a file`)
    if (status.size > maxBytes) throw new LedgerError('too_large', `${path} is larger than ${maxBytes} bytes`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
