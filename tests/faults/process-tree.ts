import { readdirSync, readFileSync } from 'node:fs'

export interface Running {
  readonly pid: number
  readonly command: string
}

/** Children of a process, as the kernel tells. One that has ended and is not yet reaped is none. */
export function childrenOf(parent: number): readonly Running[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      const stat = read(`/proc/${name}/stat`)
      // The name of a program may hold spaces and brackets; what follows it does not.
      const [state, ppid] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
      if (Number(ppid) !== parent || state === 'Z') return []
      return [{ pid: Number(name), command: (read(`/proc/${name}/cmdline`) ?? '').replaceAll('\0', ' ') }]
    })
}

/** One that is gone by now needs none. */
export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Resident memory, MiB. */
export const residentMb = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) / 1024

/** Time on the processor so far, in hundredths of a second; 0 for a process that is gone. */
export function ticksOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? []
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
