import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { maxRecordLength } from '@selvage/identity'
import type { Log } from '../ports.ts'
import { writeDurable } from '../publish/durable.ts'

/** Records as they were signed, one file for each key, a line for each record: a restart forgets none. */
export interface RecordStore {
  /** By key, as they were found, one at least: empty where it cannot be read. */
  texts(): ReadonlyMap<string, readonly string[]>
  /** On the disk when it returns; the last that was given is the one that stays. */
  keep(key: string, texts: readonly string[]): Promise<void>
}

/** Of the few that say together what was said. */
const maxFileLength = 8 * (maxRecordLength + 1)
const fileName = /^([0-9a-f]{64})\.jwt$/

export async function openRecordStore(dir: string, log: Log): Promise<RecordStore> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const texts = new Map<string, readonly string[]>()
  for (const name of await readdir(dir)) {
    const key = fileName.exec(name)?.[1]
    if (key === undefined) await rm(join(dir, name), { force: true })
    else {
      const text = await readBounded(join(dir, name), maxFileLength)
      if (text === undefined) log('device.unreadable', { file: name })
      texts.set(key, (text ?? '').split('\n'))
    }
  }
  let last: Promise<unknown> = Promise.resolve()
  let written = 0
  return {
    texts: () => texts,
    keep: (key, lines) => {
      written += 1
      const partial = join(dir, `${written}.partial`)
      // One after the other, so that an older word never overwrites a newer one.
      const next = last.then(async () => {
        await rm(partial, { force: true })
        await writeDurable(partial, lines.join('\n'), 0o600)
        await rename(partial, join(dir, `${key}.jwt`))
      })
      last = next.catch(() => undefined)
      return next
    },
  }
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
