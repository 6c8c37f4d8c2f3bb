import { readdirSync, readFileSync } from 'node:fs'

export interface Memory {
  readonly pid: number
  readonly arguments: readonly string[]
  readonly name: string
  /** KiB */
  readonly pss: number
  readonly rss: number
}

/** The process and everything below it, as the kernel counts it now. */
export function memoryBelow(pid: number): readonly Memory[] {
  const parents = new Map<number, number>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : undefined
    // The name of a program may hold spaces and brackets; what follows it does not.
    const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
    if (parent !== undefined) parents.set(Number(name), Number(parent))
  }
  const below = (candidate: number): boolean => candidate === pid || (parents.has(candidate) && below(parents.get(candidate)!))
  return [...parents.keys()].filter(below).flatMap(memoryOf)
}

function memoryOf(pid: number): Memory[] {
  const rollup = read(`/proc/${pid}/smaps_rollup`)
  const command = read(`/proc/${pid}/cmdline`)?.split('\0') ?? []
  if (rollup === undefined) return []
  const kib = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0)
  const script = command.find(part => /\.m?js$/.test(part)) ?? command[0] ?? ''
  return [
    { pid, arguments: command.filter(part => part !== ''), name: script.split('/').slice(-3).join('/'), pss: kib('Pss'), rss: kib('Rss') },
  ]
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
