import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asSelvageError } from '@selvage/kernel/model'
import type { Log } from '../ports.ts'
import { readBounded } from './record-store.ts'

/** Milliseconds between looks. */
const lookEvery = 250
/** Files that are looked at. */
const most = 100_000

/** Takes the records in a folder, `*.jwt`, and each anew when it was written anew. What is not taken is logged once, as is a folder that cannot be read. */
export function watchFolder(dir: string, take: (text: string) => Promise<void>, log: Log): { close: () => void } {
  let seen = new Map<string, string>()
  let timer: NodeJS.Timeout | undefined
  let closed = false
  /** Why the folder could not be read when it was looked at last. */
  let trouble: string | undefined

  async function look(): Promise<void> {
    const found = new Map<string, string>()
    for (const name of (await readdir(dir)).filter(file => file.endsWith('.jwt')).slice(0, most)) {
      const version = await versionOf(join(dir, name))
      if (version === undefined) continue
      found.set(name, version)
      if (seen.get(name) !== version && !(await takeFile(name))) found.delete(name)
    }
    seen = found
  }

  /** False where it may go well later. */
  async function takeFile(name: string): Promise<boolean> {
    const text = await readBounded(join(dir, name))
    try {
      if (text === undefined) log('device.unreadable', { file: name })
      else await take(text)
      return true
    } catch (error) {
      const { code } = asSelvageError(error)
      const passing = !code.startsWith('device.')
      if (!passing) log('device.refused', { file: name, code })
      return !passing
    }
  }

  function tell(error: unknown): void {
    const cause = error === undefined ? undefined : String(error)
    if (cause !== undefined && cause !== trouble) log('device.folder', { cause })
    trouble = cause
  }

  function again(): void {
    if (!closed)
      timer = setTimeout(
        () =>
          void look()
            .then(() => tell(undefined), tell)
            .finally(again),
        lookEvery,
      )
  }
  again()
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(path)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return undefined
  }
}
