import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Gate } from '../../packages/gate/src/ports.ts'

/** The most that one child had at a time, MiB. */
export interface Taken {
  engineMb: number
  parserMb: number
  diskMb: number
}

const everyMs = 20
const mib = 1_048_576

/** What the children of this process take until it is told to stop. `gate` is one of this process. */
export function watchTaken(gate: Pick<Gate, 'config'>): () => Readonly<Taken> {
  const most: Taken = { engineMb: 0, parserMb: 0, diskMb: 0 }
  const look = (): void => {
    for (const [name, mb] of [...childrenNow(), ['diskMb', diskMb(join(gate.config.stateDir, 'temp'))] as const])
      most[name] = Math.max(most[name], mb)
  }
  const timer = setInterval(look, everyMs)
  return () => {
    clearInterval(timer)
    return most
  }
}

/** By the script that each runs: a child inherits nothing else by which it could be told. */
const scripts: readonly (readonly [keyof Taken, string])[] = [
  ['engineMb', '/execute/child.js'],
  ['parserMb', '/parser/child.js'],
]

function childrenNow(): readonly (readonly [keyof Taken, number])[] {
  const pids = listed('/proc/self/task').flatMap(task => read(`/proc/self/task/${task}/children`).split(' ').filter(Boolean))
  return pids.flatMap(pid => {
    const command = read(`/proc/${pid}/cmdline`)
    return scripts.filter(([, script]) => command.includes(script)).map(([name]) => [name, ownMb(pid)] as const)
  })
}

/** Without the programs, which are shared and not counted by the wall. */
const ownMb = (pid: string): number => Number(/^RssAnon:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1_024

/** Of the child that has most: each has a folder of its own. */
const diskMb = (temp: string): number => Math.max(0, ...listed(temp).map(child => sizeOf(join(temp, child)) / mib))

const sizeOf = (dir: string): number =>
  listed(dir).reduce((sum, name) => sum + (statSync(join(dir, name), { throwIfNoEntry: false })?.size ?? 0), 0)

/** What is gone meanwhile takes nothing. */
function listed(dir: string): readonly string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
