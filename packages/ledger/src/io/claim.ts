import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { LedgerError } from '../error.ts'
import { layout } from './layout.ts'

/**
 * Exclusive use of a log directory that survives kill -9. Each process first writes a claim named for itself (boot,
 * pid, start time), then looks for claims of processes that live. Of two that start together at least one sees the
 * other, so never both win; a claim of the dead is nobody's and anyone may remove it.
 * Limit: processes in different pid namespaces cannot see each other alive; do not share a directory between containers.
 */
export function claimLog(dir: string): { readonly release: () => void } {
  const claims = layout.claims(dir)
  mkdirSync(claims, { recursive: true, mode: 0o700 })
  const own = claimName(process.pid)
  const path = join(claims, own)
  writeClaim(path)
  const other = readdirSync(claims).find(name => name !== own && isAlive(name, () => rmSync(join(claims, name), { force: true })))
  if (other !== undefined) {
    rmSync(path, { force: true })
    throw new LedgerError('locked', `process ${other.split('.')[1]} has this log open; a log has one writer`)
  }
  return { release: () => rmSync(path, { force: true }) }
}

function writeClaim(path: string): void {
  const fd = openClaim(path)
  try {
    writeSync(fd, `${process.pid}\n`)
    fsyncSync(fd)
  } catch (cause) {
    // The disk refused: this process does not have the log open, and may try again.
    rmSync(path, { force: true })
    throw cause
  } finally {
    closeSync(fd)
  }
}

function openClaim(path: string): number {
  try {
    return openSync(path, 'wx', 0o600)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST')
      throw new LedgerError('locked', 'this process already has this log open', { cause })
    throw cause
  }
}

function isAlive(name: string, remove: () => void): boolean {
  const pid = Number(name.split('.')[1])
  if (Number.isSafeInteger(pid) && pid > 0 && claimName(pid) === name) return true
  remove()
  return false
}

/** `<boot>.<pid>.<start time in ticks>`; a pid that was given out again has another start time. */
function claimName(pid: number): string {
  return `${readBoot()}.${pid}.${readStart(pid)}`
}

function readBoot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return 'boot'
  }
}

function readStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the command in parentheses and may hold anything; the 22nd is the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie holds nothing open any more.
    return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : (fields[19] ?? 'dead')
  } catch {
    return process.platform === 'linux' ? 'dead' : startWithoutProc(pid)
  }
}

function startWithoutProc(pid: number): string {
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return 'dead'
  }
}
