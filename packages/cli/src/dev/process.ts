import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { CommandError } from '../exit.ts'
import { PartLog } from './part-log.ts'

export interface Line {
  readonly [key: string]: unknown
}

/** A part of the mesh: a process of its own, started again when it dies without being asked to. */
export interface Part {
  readonly name: string
  /** Resolves with the part's first line that says it is ready. */
  readonly ready: Promise<Line>
  readonly pid: () => number | undefined
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
}

interface Options {
  readonly name: string
  readonly script: string
  readonly args: readonly string[]
  /** Given on stdin, which then stays open: its end tells the part that we are gone. */
  readonly input?: string
  readonly logDir: string
  readonly isReady: (line: Line) => boolean
  readonly onLine: (line: Line) => void
  readonly onDeath: (code: number | null) => void
}

const restartAfter = 500
const patience = 12_000

export function startPart(options: Options): Part {
  const { name, logDir } = options
  mkdirSync(logDir, { recursive: true })
  const logPath = join(logDir, `${name}.log`)
  const log = new PartLog(logPath)
  let child: ChildProcess | undefined
  let wanted = true
  let firstReady: (line: Line) => void
  let failed: (error: Error) => void
  let everReady = false
  const ready = new Promise<Line>((resolve, reject) => {
    firstReady = resolve
    failed = reject
  })

  // It may fail before anybody waits for it.
  ready.catch(() => undefined)

  function launch(): void {
    const running = spawn(process.execPath, ['--no-warnings', options.script, ...options.args], {
      // Ctrl-C and a closed terminal are for us alone: we end the parts in order, and the end of its stdin ends a part.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: environment(),
    })
    child = running
    running.stdin?.on('error', () => undefined)
    if (options.input !== undefined) running.stdin?.write(`${options.input}\n`)
    running.stderr?.on('data', (bytes: Buffer) => log.append(bytes))
    createInterface({ input: running.stdout! }).on('line', text => {
      const line = parseLine(text)
      if (line === undefined) return
      if (options.isReady(line)) {
        everReady = true
        firstReady(line)
      }
      options.onLine(line)
    })
    running.once('exit', code => {
      if (child === running) child = undefined
      if (!wanted) return
      if (!everReady)
        return failed(new CommandError('unavailable', `${name} ended before it was ready`, { help: `Its log is ${logPath}.` }))
      options.onDeath(code)
      setTimeout(() => wanted && child === undefined && launch(), restartAfter)
    })
  }

  async function stop(): Promise<void> {
    wanted = false
    const running = child
    if (running === undefined) return
    const ended = new Promise<void>(resolve => running.once('exit', () => resolve()))
    running.kill('SIGTERM')
    const killer = setTimeout(() => running.kill('SIGKILL'), patience)
    await ended
    clearTimeout(killer)
  }

  async function start(): Promise<void> {
    wanted = true
    if (child === undefined) launch()
  }

  launch()
  return { name, ready, pid: () => child?.pid, stop, start }
}

/** What a part may know of our environment: where its programs are, nothing else. */
const environment = (): NodeJS.ProcessEnv => {
  const { PATH, HOME, TZ, LANG } = process.env
  return {
    ...(PATH === undefined ? {} : { PATH }),
    ...(HOME === undefined ? {} : { HOME }),
    ...(TZ === undefined ? {} : { TZ }),
    ...(LANG === undefined ? {} : { LANG }),
  }
}

function parseLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Line) : undefined
  } catch {
    return undefined
  }
}
