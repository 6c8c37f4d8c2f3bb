import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from './exit.ts'

/** One process at a time; who holds it else is told to `refused`. A lock whose process is gone (kill -9) is taken over. */
export function takeLock(path: string, refused: (holder: number) => Error): () => void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, identityOf(process.pid) ?? String(process.pid), { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readFileSync(path, 'utf8')
      const pid = Number(holder.split(' ')[0])
      if (pid !== process.pid && identityOf(pid) === holder) throw refused(pid)
      rmSync(path, { force: true })
    }
  }
  throw new CommandError('unavailable', 'the lock of this state folder cannot be taken')
}

class Held extends Error {}

/** Waits for the lock, at most half a minute, and does its work alone. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const release = await waitFor(path)
  try {
    return await work()
  } finally {
    release()
  }
}

async function waitFor(path: string): Promise<() => void> {
  for (const until = Date.now() + 30_000; ; await sleep(50)) {
    try {
      return takeLock(path, () => new Held())
    } catch (error) {
      if (!(error instanceof Held)) throw error
      if (Date.now() > until) throw new CommandError('unavailable', `another command holds ${path}`, { help: 'Wait for it, or end it.' })
    }
  }
}

/** A process and when it started, so that another one that was given the same number later is told apart. */
function identityOf(pid: number): string | undefined {
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined
  }
  return `${pid} ${startedAt(pid)}`
}

/** In ticks since boot (proc(5), field 22); empty where the system does not say. */
function startedAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
