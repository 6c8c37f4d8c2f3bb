import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { encodeFrame, type Frame, FrameReader } from './frame.ts'

export type ChildLog = (event: string, attributes: object) => void

export interface ChildOptions {
  /** For the operator's log: `parser`, `engine` or `official`. */
  readonly name: string
  readonly script: string
  /** Bytes of the largest frame that is taken from the child. */
  readonly frameBound: number
  /** MiB of the child's JavaScript heap; the engine's own memory is bounded by its settings. */
  readonly heapMb: number
  /** MiB that the kernel gives the child at most, whatever in it asks. */
  readonly wallMb: number
  readonly log: ChildLog
  readonly onFrame: (frame: Frame) => void
  /** Told once, whatever ended the child. */
  readonly onExit: (reason: string) => void
}

const stderrBound = 8_192

/** A child that does not open within this time is given up. Much longer than starts take: on a busy machine another one would not be faster. */
export const openMs = 30_000

/**
 * MiB that Node maps private and writable at start and does not touch, which the wall counts (ADR 0003): 515 from Node 23 on,
 * none in 20 and 22. They are mapped for good, so a child has no more to take than on the others.
 */
const untouchedMb = Number(process.versions.node.split('.')[0]) >= 23 ? 515 : 0

/**
 * All of a child's environment, for the engine's allocator: what is freed is unmapped, all threads use one arena, and what is free in it is
 * used again however large it has grown together. By default freed memory stays mapped, and the wall counts it: up to 820 MiB beside
 * what the engine is given, instead of 240 (ADR 0003).
 */
export const childEnvironment = 'DUCKDB_JE_MALLOC_CONF=retain:false,narenas:1,lg_extent_max_active_fit:20'

/**
 * The wall around a child's memory: RLIMIT_DATA, which Linux counts over everything private and writable, mapped memory
 * too (ADR 0003). Set by a shell that then becomes the child, without the variables that a shell makes. What cannot be set ends the child: no wall, no child.
 */
const walled = (wallMb: number, command: readonly string[]): readonly [string, readonly string[]] => [
  '/bin/sh',
  ['-c', 'ulimit -d "$0" || exit 78; exec /usr/bin/env -i "$@"', String((wallMb + untouchedMb) * 1_024), childEnvironment, ...command],
]

/** How a process ends that asks for memory, and is refused, where it cannot go on without. */
const outOfMemorySignals: readonly string[] = ['SIGABRT', 'SIGTRAP', 'SIGILL']

/** @param reason as `onExit` was told */
export const isOutOfMemory = (reason: string): boolean => outOfMemorySignals.includes(reason)

/** By somebody else: what it was doing is not what ended it. @param reason as `onExit` was told */
export const isKilled = (reason: string): boolean => reason === 'SIGKILL' || reason === 'SIGTERM'

/** `url`: of a source or of what was built from it; a child always runs what was built. */
export const scriptBeside = (url: string, name: string): string =>
  fileURLToPath(new URL(name, url)).replace(/([\\/])src([\\/](?:execute|official|parser)[\\/][^\\/]+)$/, '$1dist$2')

export type Piped = ChildProcessByStdio<Writable, Readable, Readable>

/**
 * Starts `command` behind a wall of `wallMb`. Never throws: some errors are thrown (no memory) and others told later, and without
 * descriptors left there are no pipes.
 */
export function startWalled(wallMb: number, command: readonly string[], cwd?: string): Piped | { readonly why: string } {
  try {
    const started = spawn(...walled(wallMb, command), { env: {}, stdio: ['pipe', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) })
    if ((started.stdin as Writable | undefined) !== undefined) return started
    started.on('error', () => undefined)
    return { why: 'no descriptors left' }
  } catch (error) {
    return { why: String(error) }
  }
}

/**
 * A process that talks in frames over stdin and stdout. It inherits no environment (`childEnvironment` is all that it has) and no descriptor. What it
 * sends is not trusted: a frame that is none, or that its owner refuses, ends it.
 */
export class Child {
  readonly pid: number | undefined
  /** Resolves when nothing of the process is left: later than `onExit` is told, where it is killed. */
  readonly gone: Promise<void>
  readonly #process: Piped | undefined
  readonly #options: ChildOptions
  #dead = false

  /** Never throws: what cannot be started is told as what ended, after the constructor. */
  constructor(options: ChildOptions) {
    this.#options = options
    const command = [process.execPath, '--expose-gc', `--max-old-space-size=${options.heapMb}`, options.script]
    const started = startWalled(options.wallMb, command)
    if ('why' in started) {
      this.gone = Promise.resolve()
      setImmediate(() => this.#ended(`not started: ${started.why}`))
      return
    }
    this.#process = started
    this.pid = started.pid
    this.gone = new Promise(resolve => {
      started.once('exit', () => resolve())
      started.once('error', () => resolve())
    })
    const frames = new FrameReader(options.frameBound)
    started.stdout.on('data', (part: Buffer) => this.#guarded(() => this.#hear(frames.push(part))))
    this.#captureStderr(started.stderr)
    // A broken pipe is told by the exit that follows it.
    started.stdin.on('error', () => undefined)
    started.once('error', error => this.#ended(`not started: ${error.message}`))
    started.once('exit', (code, signal) => this.#ended(signal ?? `exit ${code}`))
  }

  get alive(): boolean {
    return !this.#dead
  }

  send(kind: number, payload: object | Uint8Array = {}): void {
    if (this.#dead) return
    this.#process?.stdin.write(encodeFrame(kind, payload instanceof Uint8Array ? payload : JSON.stringify(payload)))
  }

  /** At once and for good; nothing that it still sends is heard. */
  kill(reason: string): void {
    this.#process?.kill('SIGKILL')
    this.#ended(reason)
  }

  #hear(frames: readonly Frame[]): void {
    for (const frame of frames) {
      if (this.#dead) return
      this.#options.onFrame(frame)
    }
  }

  #guarded(work: () => void): void {
    if (this.#dead) return
    try {
      work()
    } catch (error) {
      this.kill(`broken protocol: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #ended(reason: string): void {
    if (this.#dead) return
    this.#dead = true
    this.#options.onExit(reason)
  }

  #captureStderr(stderr: Readable): void {
    let left = stderrBound
    stderr.on('data', (part: Buffer) => {
      if (left <= 0) return
      const text = part.subarray(0, left).toString('latin1')
      left -= part.length
      this.#options.log(`${this.#options.name}.stderr`, { pid: this.pid, text })
    })
  }
}
