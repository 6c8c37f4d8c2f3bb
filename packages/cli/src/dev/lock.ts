import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { CommandError } from '../exit.ts'

/** One `selvage dev` to a state folder. A lock whose process is gone (kill -9) is taken over. */
export function takeLock(path: string): () => void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, identityOf(process.pid) ?? String(process.pid), { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = readFileSync(path, 'utf8')
      const pid = Number(holder.split(' ')[0])
      if (pid !== process.pid && identityOf(pid) === holder) throw refused(pid, path)
      rmSync(path, { force: true })
    }
  }
  throw new CommandError('unavailable', 'the lock of this state folder cannot be taken')
}

const refused = (holder: number, path: string): CommandError =>
  new CommandError('unavailable', `a mesh already runs on this state folder (process ${holder})`, {
    help: `Stop it first, or name another folder with --state and other ports with --port-base. The lock is ${path}.`,
  })

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
