import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SelvageError } from '@selvage/kernel/model'
import { type ChildLog, isKilled } from './child-process.ts'
import { EngineChild } from './engine-child.ts'
import { isOfMemory } from './failure.ts'
import { FairQueue } from './fair-queue.ts'
import type { AttachedFile, ResultBounds, RunMessage } from './message.ts'
import type { Parameters } from './parameter.ts'
import { type Running, Statement } from './statement.ts'

export interface EngineOptions {
  /** Children at most; each is started when first needed. */
  readonly children: number
  /** MiB per child: the bound of the engine's own memory. */
  readonly memoryMb: number
  /** MiB that a child may take beside that: its wall stands at the sum. */
  readonly overheadMb: number
  readonly threads: number
  /** Belongs to this engine alone: what lies in it from before is removed. */
  readonly tempDir: string
  /** MiB per child on disk. */
  readonly tempMb: number
  readonly timeoutMs: number
  /** In all that a statement waits for whoever takes its rows. */
  readonly readerMs: number
  /** How long a statement may wait for a child. */
  readonly waitMs: number
  /** Statements that may wait, of all subjects. */
  readonly queue: number
  /** Statements that are not over: they wait, run, or are not read to their end, wherever their rows stand. */
  readonly open: number
  readonly perSubject: PerSubject
  readonly result: ResultBounds
  /** A child that has had nothing to do for so long ends. */
  readonly idleMs?: number
  readonly log: ChildLog
}

/** What one subject may have at a time, through however many agents and connections. */
export interface PerSubject {
  /** Children at work for it. Absent: all but one, so that it never holds them all. */
  readonly running?: number | undefined
  readonly waiting: number
  readonly open: number
}

export interface Job {
  /** One immutable file per product version, attached read-only. */
  readonly files: readonly AttachedFile[]
  /** The secured text. The child verifies it again before it runs. */
  readonly sql: string
  /** The secured relation of each table, as it stands in `sql`. */
  readonly templates: readonly string[]
  /** In a child with one thread that chooses nothing by the sizes of tables. */
  readonly strict?: boolean
  readonly parameters?: Parameters
  /** Relation to columns that the engine's plan may name. */
  readonly columnsAllowed?: ReadonlyMap<string, ReadonlySet<string>>
  readonly separator: ',' | '\n'
  /** Whose it is: subjects have their own bounds and take turns. Absent in tests: no bounds of its own. */
  readonly subject?: string
  readonly signal: AbortSignal
  /** Resolves when nothing of its rows stands in the gate; absent: when the last one was taken. */
  readonly left?: Promise<unknown>
}

interface EngineStats {
  readonly children: number
  readonly busy: number
  readonly queued: number
  /** Since the engine was opened. */
  readonly started: number
  readonly ended: number
  readonly statements: number
  readonly pids: readonly number[]
}

export interface Engine {
  /**
   * Resolves when the statement has started in a child. One whose child is killed before that, or has too little memory left after other
   * statements, gets another, once. Throws `limit.busy`, `limit.share`, `limit.time`, `limit.memory`,
   * `query.data`, `query.parameters`, `engine.refused`, `engine.unavailable`, `engine.cancelled`.
   */
  run(job: Job): Promise<Running>
  stats(): EngineStats
  close(): Promise<void>
}

interface Waiting {
  readonly statement: Statement
  readonly job: Job
  readonly key: string
  readonly lane: string
  /** In a child that nobody had before. */
  readonly apart: boolean
}

const defaultIdleMs = 60_000
const owingBound = 1_024

export function openEngine(options: EngineOptions): Engine {
  mkdirSync(options.tempDir, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(options.tempDir))
    if (name.startsWith('engine-')) rmSync(join(options.tempDir, name), { recursive: true, force: true })
  return new Pool(options)
}

class Pool implements Engine {
  readonly #options: EngineOptions
  readonly #queue: FairQueue<Waiting>
  readonly #children = new Set<EngineChild>()
  readonly #idleTimers = new Map<EngineChild, NodeJS.Timeout>()
  /** What each child is at work for, and since when. */
  readonly #work = new Map<EngineChild, { readonly lane: string; readonly since: number }>()
  /** Who brought down a child: their next one is a new one, not the one that others are left with. */
  readonly #owing = new Set<string>()
  readonly #open = new Map<string, number>()
  #openInAll = 0
  #closed = false
  #scheduling = false
  #started = 0
  #ended = 0
  #statements = 0

  constructor(options: EngineOptions) {
    this.#options = options
    const { queue, perSubject, children } = options
    this.#queue = new FairQueue({
      waiting: queue,
      waitingPerLane: perSubject.waiting,
      runningPerLane: Math.min(perSubject.running ?? Math.max(1, children - 1), children),
    })
  }

  async run(job: Job): Promise<Running> {
    const { statement, over } = this.#begin(job)
    try {
      return await statement.started
    } catch (error) {
      const apart = statement.shared && isOfMemory(error)
      if (!apart && !isLost(error)) throw error
      // Its place is free again.
      await over
      return this.#again(job, error, { apart, spentMs: apart ? statement.workedMs : 0 })
    }
  }

  /** Where there is no room for it now, what the first attempt ended with is what is told. */
  async #again(job: Job, error: unknown, how: { readonly apart: boolean; readonly spentMs: number }): Promise<Running> {
    try {
      return await this.#begin(job, how).statement.started
    } catch (second) {
      throw isRefusal(second) ? error : second
    }
  }

  #begin(job: Job, { apart = false, spentMs = 0 } = {}): { readonly statement: Statement; readonly over: Promise<void> } {
    if (this.#closed) throw new SelvageError('engine.unavailable')
    if (job.signal.aborted) throw new SelvageError('engine.cancelled')
    const { timeoutMs, readerMs, waitMs } = this.#options
    const statement = new Statement({ workingMs: Math.max(1, timeoutMs - spentMs), waitingMs: readerMs })
    const lane = job.subject ?? ''
    const over = this.#admit(lane, { statement, job, lane, key: keyOf(job), apart })
    statement.bound(waitMs, job.signal)
    this.#schedule()
    return { statement, over }
  }

  /** The result resolves when it does not count any more among what is open. */
  #admit(lane: string, waiting: Waiting): Promise<void> {
    const open = this.#open.get(lane) ?? 0
    if (lane !== '' && open >= this.#options.perSubject.open) throw new SelvageError('limit.share')
    if (this.#openInAll >= this.#options.open) throw new SelvageError('limit.busy')
    const pushed = this.#queue.push(lane, waiting)
    if (pushed !== 'waits') throw new SelvageError(pushed === 'full' ? 'limit.busy' : 'limit.share')
    this.#statements += 1
    this.#open.set(lane, open + 1)
    this.#openInAll += 1
    waiting.statement.started.catch(() => this.#queue.remove(lane, waiting))
    return waiting.statement.ended.then(whole => (whole ? waiting.job.left : undefined)).then(() => this.#isOver(lane))
  }

  #isOver(lane: string): void {
    const left = (this.#open.get(lane) ?? 1) - 1
    if (left === 0) this.#open.delete(lane)
    else this.#open.set(lane, left)
    this.#openInAll -= 1
  }

  stats(): EngineStats {
    const children = [...this.#children]
    return {
      children: children.length,
      busy: children.filter(child => !child.idle).length,
      queued: this.#queue.size,
      started: this.#started,
      ended: this.#ended,
      statements: this.#statements,
      pids: children.flatMap(({ pid }) => pid ?? []),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const waiting of this.#queue.drain()) waiting.statement.fail(new SelvageError('engine.unavailable'))
    for (const child of this.#children) child.kill('closed')
  }

  /** Not entered twice: a child that is ended for another set of files reports its exit in the middle of it. */
  #schedule(): void {
    if (this.#scheduling) return
    this.#scheduling = true
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      const child = this.#childOrFail(next)
      if (child === undefined) break
      if (child === 'failed') continue
      this.#queue.take(next.lane)
      this.#work.set(child, { lane: next.lane, since: performance.now() })
      clearTimeout(this.#idleTimers.get(child))
      child.run(next.statement, messageOf(next.job))
    }
    this.#scheduling = false
  }

  /** A child that cannot be started, as without disk for its folder, is told to whoever was to have it, and to nobody else. */
  #childOrFail(next: Waiting): EngineChild | 'failed' | undefined {
    try {
      return this.#childFor(next)
    } catch (cause) {
      this.#queue.remove(next.lane, next)
      next.statement.fail(new SelvageError('engine.unavailable', { cause }))
      return 'failed'
    }
  }

  #childFor({ key, job, lane, apart }: Waiting): EngineChild | undefined {
    if (this.#children.size < this.#options.children && this.#owing.delete(lane)) return this.#startChild(key, job)
    const idle = [...this.#children].filter(child => child.idle)
    const same = idle.find(child => child.key === key)
    if (same !== undefined && !apart) return same
    if (this.#children.size >= this.#options.children) {
      const gone = same ?? idle[0]
      if (gone === undefined) return undefined
      gone.kill(apart ? 'all of a child is needed' : 'other files are needed')
    }
    return this.#startChild(key, job)
  }

  #startChild(key: string, { files, strict = false }: Job): EngineChild {
    const { memoryMb, overheadMb, threads, tempDir, tempMb, result, log } = this.#options
    const child = new EngineChild(key, {
      files,
      memoryMb,
      overheadMb,
      bounds: result,
      threads: strict ? 1 : threads,
      strict,
      tempDir,
      tempMb,
      log,
      onIdle: free => this.#isIdle(free),
      onExit: (gone, reason) => this.#isGone(gone, reason),
    })
    this.#children.add(child)
    this.#started += 1
    log('engine.started', { pid: child.pid, files: files.length })
    return child
  }

  #isFree(child: EngineChild): void {
    const work = this.#work.get(child)
    this.#work.delete(child)
    if (work !== undefined) this.#queue.release(work.lane, performance.now() - work.since)
  }

  #isIdle(child: EngineChild): void {
    this.#isFree(child)
    this.#schedule()
    if (!child.idle) return
    clearTimeout(this.#idleTimers.get(child))
    this.#idleTimers.set(
      child,
      setTimeout(() => child.kill('idle'), this.#options.idleMs ?? defaultIdleMs),
    )
  }

  #isGone(child: EngineChild, reason: string): void {
    clearTimeout(this.#idleTimers.get(child))
    this.#idleTimers.delete(child)
    this.#children.delete(child)
    const lane = this.#work.get(child)?.lane ?? ''
    // Who does not come again is not remembered for long.
    if (this.#children.size === 0 || this.#owing.size >= owingBound) this.#owing.clear()
    else if (lane !== '') this.#owing.add(lane)
    this.#isFree(child)
    this.#ended += 1
    this.#options.log('engine.ended', { pid: child.pid, reason })
    if (!this.#closed) this.#schedule()
  }
}

/** Its child was taken from it before it had begun: another one may do, once. */
const isLost = (error: unknown): boolean =>
  error instanceof SelvageError &&
  error.code === 'engine.unavailable' &&
  error.options.cause instanceof Error &&
  isKilled(error.options.cause.message)

/** Of the pool itself, to try later. */
const isRefusal = (error: unknown): boolean => error instanceof SelvageError && ['limit.share', 'limit.busy'].includes(error.code)

/** What a child is bound to for life. */
const keyOf = ({ files, strict = false }: Job): string => JSON.stringify([strict, files.map(({ alias, path }) => [alias, path])])

function messageOf({ sql, templates, parameters, columnsAllowed, separator }: Job): RunMessage {
  return {
    sql,
    templates,
    separator,
    ...(parameters === undefined ? {} : { parameters }),
    ...(columnsAllowed === undefined
      ? {}
      : { columnsAllowed: Object.fromEntries([...columnsAllowed].map(([relation, columns]) => [relation, [...columns]])) }),
  }
}
