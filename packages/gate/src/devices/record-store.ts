import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { maxRecordLength } from '@selvage/identity'
import { makeDurableDirectory } from '@selvage/ledger/directory'
import type { Log } from '../ports.ts'
import { syncPath, writeDurable } from '../publish/durable.ts'

/** Of one key. */
export interface KeptRecords {
  /** As they were found, one at least: empty where it cannot be read. */
  readonly texts: readonly string[]
  /** Milliseconds since 1970 at which they were written; Infinity where nobody knows. */
  readonly since: number
}

/** Records as they were signed, one file for each key, a line for each record: a restart forgets none. */
export interface RecordStore {
  /** By key, what was written the longest ago first. */
  records(): ReadonlyMap<string, KeptRecords>
  /** On the disk when it returns, its name too; the last that was given is the one that stays. */
  keep(key: string, texts: readonly string[]): Promise<void>
  /** Gone from the disk when it returns. */
  forget(key: string): Promise<void>
}

/** Of the few that say together what was said. */
const maxFileLength = 8 * (maxRecordLength + 1)
const fileName = /^([0-9a-f]{64})\.jwt$/

export async function openRecordStore(dir: string, log: Log): Promise<RecordStore> {
  makeDurableDirectory(dir, 0o700)
  const records = await readRecords(dir, log)
  const pathOf = (key: string): string => join(dir, `${key}.jwt`)
  let last: Promise<unknown> = Promise.resolve()
  let next: Promise<void> | undefined
  /** By key; undefined: to be forgotten. */
  let waiting = new Map<string, readonly string[] | undefined>()

  /** One batch after the other, so that an older word never overwrites a newer one. */
  function write(key: string, texts: readonly string[] | undefined): Promise<void> {
    waiting.set(key, texts)
    if (next === undefined) {
      next = last.then(writeWaiting)
      last = next.catch(() => undefined)
    }
    return next
  }

  async function writeWaiting(): Promise<void> {
    const batch = waiting
    waiting = new Map()
    next = undefined
    for (const [key, texts] of batch) await (texts === undefined ? rm(pathOf(key), { force: true }) : replace(key, texts))
    // The names of all of them at once.
    await syncPath(dir)
  }

  async function replace(key: string, texts: readonly string[]): Promise<void> {
    const partial = join(dir, `${key}.partial`)
    await rm(partial, { force: true })
    await writeDurable(partial, texts.join('\n'), 0o600)
    await rename(partial, pathOf(key))
  }

  return { records: () => records, keep: write, forget: key => write(key, undefined) }
}

async function readRecords(dir: string, log: Log): Promise<ReadonlyMap<string, KeptRecords>> {
  const found: [string, KeptRecords][] = []
  for (const name of await readdir(dir)) {
    const key = fileName.exec(name)?.[1]
    if (key === undefined) await rm(join(dir, name), { force: true })
    else found.push([key, await readKept(dir, name, log)])
  }
  return new Map(found.sort(([, a], [, b]) => (a.since < b.since ? -1 : 1)))
}

async function readKept(dir: string, name: string, log: Log): Promise<KeptRecords> {
  const path = join(dir, name)
  const text = await readBounded(path, maxFileLength)
  if (text === undefined) log('device.unreadable', { file: name })
  const since = await stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  )
  return { texts: (text ?? '').split('\n'), since }
}

/** Undefined where it is no file of a record's length that can be read. */
export async function readBounded(path: string, most = maxRecordLength): Promise<string | undefined> {
  try {
    const found = await stat(path)
    return !found.isFile() || found.size > most ? undefined : (await readFile(path, 'utf8')).trim()
  } catch {
    return undefined
  }
}
