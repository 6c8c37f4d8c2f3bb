import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { CommandError } from '../exit.ts'

/** One `selvage dev` to a state folder. A lock whose process is gone (kill -9) is taken over. */
export function takeLock(path: string): () => void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 })
      return () => rmSync(path, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = Number(readFileSync(path, 'utf8'))
      if (holder !== process.pid && isAlive(holder)) throw refused(holder)
      rmSync(path, { force: true })
    }
  }
  throw new CommandError('unavailable', 'the lock of this state folder cannot be taken')
}

const refused = (holder: number): CommandError =>
  new CommandError('unavailable', `a mesh already runs on this state folder (process ${holder})`, {
    help: 'Stop it first, or name another folder with --state and other ports with --port-base.',
  })

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
