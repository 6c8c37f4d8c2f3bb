import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CommandError } from './exit.ts'

type Refused = (holder: number) => Error

/** One process at a time; who holds it else is told to `refused`. A lock whose process is gone (kill -9) is taken over. */
export function takeLock(path: string, refused: Refused): () => void {
  const own = identityOf(process.pid) ?? String(process.pid)
  while (!createWhole(path, own)) {
    const holder = findHolder(path)
    const pid = Number(holder?.split(' ')[0])
    if (holder !== undefined && pid !== process.pid && identityOf(pid) === holder) throw refused(pid)
    if (holder !== undefined) dropStale(path, holder, refused)
  }
  return () => rmSync(path, { force: true })
}

/** Nobody ever reads a part of it. False where there is one. */
function createWhole(path: string, text: string): boolean {
  const partial = `${path}.${process.pid}.partial`
  try {
    writeFileSync(partial, text, { mode: 0o600 })
    linkSync(partial, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(partial, { force: true })
  }
}

/** Undefined: it was released meanwhile. */
function findHolder(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** One at a time, in a lock of its own: else one would drop what another has just taken. */
function dropStale(path: string, holder: string, refused: Refused): void {
  const release = takeLock(`${path}.stale`, refused)
  try {
    if (findHolder(path) === holder) rmSync(path)
  } finally {
    release()
  }
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
  for (const until = Date.now() + 30_000; ; await sleep(20)) {
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
