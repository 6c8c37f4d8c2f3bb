import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SelvageError } from '@selvage/kernel/model'
import { parseColumns, parseEnded, parseFields } from './child-answer.ts'
import { Child, type ChildLog, isOutOfMemory, openMs, scriptBeside } from './child-process.ts'
import { failureOf } from './failure.ts'
import type { Frame } from './frame.ts'
import {
  type AttachedFile,
  engineFrameBound,
  fromEngine,
  type OpenMessage,
  type ResultBounds,
  type RunMessage,
  toEngine,
} from './message.ts'
import type { Statement } from './statement.ts'

export interface EngineChildOptions {
  readonly files: readonly AttachedFile[]
  /** MiB: the bound of the engine's own memory. */
  readonly memoryMb: number
  /** MiB that the child may take beside it. */
  readonly overheadMb: number
  readonly bounds: ResultBounds
  readonly threads: number
  readonly strict: boolean
  readonly tempDir: string
  readonly tempMb: number
  readonly log: ChildLog
  /** Free for the next statement. */
  readonly onIdle: (child: EngineChild) => void
  readonly onExit: (child: EngineChild, reason: string) => void
}

/** After this long, a statement that was told to stop takes its child with it. */
const graceMs = 200

const script = scriptBeside(import.meta.url, './child.js')

/** The gate's side of one engine child: bound to its files for life, one statement at a time. */
export class EngineChild {
  /** Names its set of files. */
  readonly key: string
  readonly #options: EngineChildOptions
  readonly #tempDir: string
  readonly #child: Child
  #ready = false
  #hadOthers = false
  #statement: Statement | undefined
  #pending: RunMessage | undefined
  #killTimer: NodeJS.Timeout | undefined
  readonly #openTimer: NodeJS.Timeout

  constructor(key: string, options: EngineChildOptions) {
    this.key = key
    this.#options = options
    this.#tempDir = mkdtempSync(join(options.tempDir, 'engine-'))
    this.#child = new Child({
      name: 'engine',
      script,
      frameBound: engineFrameBound,
      heapMb: 128,
      wallMb: options.memoryMb + options.overheadMb,
      log: options.log,
      onFrame: frame => this.#onFrame(frame),
      onExit: reason => this.#onExit(reason),
    })
    this.#openTimer = setTimeout(() => this.kill('did not open'), openMs)
    const { files, memoryMb, threads, strict, tempMb, bounds } = options
    this.#child.send(toEngine.open, { files, memoryMb, threads, strict, tempMb, tempDir: this.#tempDir, bounds } satisfies OpenMessage)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get idle(): boolean {
    return this.#ready && this.#child.alive && this.#statement === undefined
  }

  run(statement: Statement, message: RunMessage): void {
    this.#statement = statement
    this.#pending = message
    statement.assign({ more: () => this.#more(statement), cancel: () => this.#cancel(statement) }, this.#hadOthers)
    this.#hadOthers = true
    if (this.#ready) this.#sendPending()
  }

  kill(reason: string): void {
    this.#child.kill(reason)
  }

  #sendPending(): void {
    if (this.#pending === undefined) return
    this.#child.send(toEngine.run, this.#pending)
    this.#pending = undefined
    this.#statement?.begin()
  }

  #more(statement: Statement): void {
    if (this.#statement === statement) this.#child.send(toEngine.more)
  }

  #cancel(statement: Statement): void {
    if (this.#statement !== statement || !this.#child.alive) return
    if (this.#pending === undefined) {
      this.#child.send(toEngine.cancel)
      this.#killTimer = setTimeout(() => this.kill('did not stop'), graceMs)
    } else this.#free()
  }

  #onFrame({ kind, payload }: Frame): void {
    if (kind === fromEngine.rows) this.#running().slice(payload)
    else if (kind === fromEngine.columns) this.#running().columns(parseColumns(payload))
    else if (kind === fromEngine.ended) this.#ended(this.#running(), payload)
    else if (kind === fromEngine.failed) this.#failed(payload)
    else if (kind === fromEngine.ready && !this.#ready) this.#isReady()
    else throw new Error('unexpected frame')
  }

  #running(): Statement {
    if (this.#statement === undefined || this.#pending !== undefined) throw new Error('no statement runs')
    return this.#statement
  }

  #isReady(): void {
    this.#ready = true
    clearTimeout(this.#openTimer)
    if (this.#statement === undefined) this.#options.onIdle(this)
    else this.#sendPending()
  }

  #ended(statement: Statement, payload: Buffer): void {
    const { worn, ...counts } = parseEnded(payload)
    statement.finish(counts)
    if (worn) this.#retire()
    else this.#free()
  }

  #failed(payload: Buffer): void {
    const { error, childUsable, worn } = failureOf(parseFields(payload), this.#options.strict)
    const statement = this.#statement
    // Cleared first: the child stopped already and is not to be told again.
    this.#statement = undefined
    statement?.fail(this.#ready ? error : new SelvageError('engine.unavailable', { cause: error.options.cause }))
    if (this.#ready && childUsable) this.#free()
    else this.kill(`failed: ${String(error.options.cause ?? error.code)}${worn ? ', worn' : ''}`)
  }

  /** Its statement has all its rows; what comes next gets another child. */
  #retire(): void {
    this.#settle()
    this.kill('worn')
  }

  #free(): void {
    this.#settle()
    if (this.#ready) this.#options.onIdle(this)
  }

  #settle(): void {
    clearTimeout(this.#killTimer)
    this.#statement = undefined
    this.#pending = undefined
  }

  #onExit(reason: string): void {
    const statement = this.#statement
    this.#settle()
    clearTimeout(this.#openTimer)
    statement?.fail(new SelvageError(isOutOfMemory(reason) ? 'limit.memory' : 'engine.unavailable', { cause: new Error(reason) }))
    void this.#removeTemporary()
    this.#options.onExit(this, reason)
  }

  /** Not while the process may still write there. What cannot be removed is left to the next start, and costs nobody an answer. */
  async #removeTemporary(): Promise<void> {
    await this.#child.gone
    try {
      await rm(this.#tempDir, { recursive: true, force: true })
    } catch (error) {
      this.#options.log('engine.temporary_left', { pid: this.pid, cause: error instanceof Error ? error.message : String(error) })
    }
  }
}
