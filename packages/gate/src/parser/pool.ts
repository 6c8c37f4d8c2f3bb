import { SelvageError } from '@selvage/kernel/model'
import { positionAt } from '@selvage/kernel/query'
import { type ChildLog, isOutOfMemory } from '../execute/child-process.ts'
import { FairQueue } from '../execute/fair-queue.ts'
import type { ResultColumn } from '../execute/message.ts'
import type { Parameters } from '../execute/parameter.ts'
import type { Answer } from './answer.ts'
import { failureOf, tooHeavy } from './failure.ts'
import { type BindMessage, isMemory, longestStatement, type ParserFailure, type Schema, toParser } from './message.ts'
import { ParserChild } from './parser-child.ts'

export interface ParserOptions {
  /** Children at most; each is started when first needed. */
  readonly children: number
  /** MiB of the engine's own memory in each child. */
  readonly memoryMb: number
  /** MiB that a child may take beside that: its wall stands at the sum. */
  readonly overheadMb: number
  /** Bytes of the largest tree that a text may have. */
  readonly treeBytes: number
  /** For one request in the child. */
  readonly timeoutMs: number
  /** How long a request may wait for a child, and for one to open. */
  readonly waitMs: number
  /** Requests that wait for a child. */
  readonly queue: number
  /** Of each subject. `running`: one less than there are children, unless it is given. */
  readonly perSubject: { readonly running?: number | undefined; readonly waiting: number }
  /** A child that has had nothing to do for so long ends. */
  readonly idleMs?: number
  readonly log: ChildLog
}

/**
 * Reads SQL text in a process that holds no data. Any of its calls may throw `limit.time`, `limit.memory`, `limit.busy` or
 * `limit.share`. `subject`: for whom; subjects have their own bounds, and whoever took least of late goes first.
 */
export interface Parser {
  /**
   * The text's tree, as `json_serialize_sql` writes it. Throws `query.syntax` with the position,
   * `query.unsupported` with what to write instead for what is not a single SELECT, or `request.too_large`.
   */
  parse(sql: string, subject?: string): Promise<string>
  /** The SQL text of a tree. */
  print(treeJson: string, subject?: string): Promise<string>
  /**
   * Names and types of the output of the original text, over empty tables with what the subject may discover.
   * Throws `query.unknown_table`, `query.unknown_column`, `query.type`, `query.parameters`, `query.data`,
   * `query.unsupported`, with positions in that text. In a PIVOT … IN ($1) names depend on values.
   */
  bind(sql: string, schema: Schema, parameters: Parameters | undefined, subject?: string): Promise<{ columns: readonly ResultColumn[] }>
  close(): Promise<void>
}

export const openParser = (options: ParserOptions): Parser => new Pool(options)

interface Request {
  readonly kind: number
  readonly payload: Uint8Array
  readonly lane: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: SelvageError) => void
  attempts: number
  patience?: NodeJS.Timeout
}

/** A child may go down by itself; a text that brings down two is not sent to a third. */
const attemptBound = 2
const defaultIdleMs = 60_000
/** After a child that did not open, while there are others: what keeps it from opening, as a lack of descriptors, may pass. */
const reopenMs = 500

class Pool implements Parser {
  readonly #options: ParserOptions
  readonly #queue: FairQueue<Request>
  readonly #children = new Set<ParserChild>()
  /** Of those who brought down or wore out a child: given back when all children are there again, or one cannot open. */
  #owed: readonly (() => void)[] = []
  #reopen: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ParserOptions) {
    this.#options = options
    const { queue, perSubject, children } = options
    this.#queue = new FairQueue({
      waiting: queue,
      waitingPerLane: perSubject.waiting,
      runningPerLane: Math.min(perSubject.running ?? Math.max(1, children - 1), children),
    })
  }

  async parse(sql: string, subject?: string): Promise<string> {
    refuseText(sql)
    const answer = await this.#ask(toParser.parse, Buffer.from(sql), subject)
    if (answer.kind === 'text') return answer.text
    throw failureOf(failureIn(answer), sql, undefined)
  }

  async print(treeJson: string, subject?: string): Promise<string> {
    const answer = await this.#ask(toParser.print, Buffer.from(treeJson), subject)
    if (answer.kind === 'text') return answer.text
    const failure = failureIn(answer)
    if (isMemory(failure)) throw tooHeavy(new Error('printing'))
    throw new SelvageError('internal.fault', { cause: new Error(`a tree that does not print: ${JSON.stringify(failure).slice(0, 500)}`) })
  }

  async bind(
    sql: string,
    schema: Schema,
    parameters: Parameters | undefined,
    subject?: string,
  ): Promise<{ columns: readonly ResultColumn[] }> {
    refuseText(sql)
    const message: BindMessage = { sql, key: schema.key, ...(parameters === undefined ? {} : { parameters }) }
    const ask = (more: object): Promise<Answer> => this.#ask(toParser.bind, Buffer.from(JSON.stringify({ ...message, ...more })), subject)
    let answer = await ask({})
    if (answer.kind === 'needSchema') answer = await ask({ tables: schema.tables } satisfies Partial<BindMessage>)
    if (answer.kind === 'columns') return { columns: answer.columns }
    throw failureOf(failureIn(answer), sql, schema)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#reopen)
    this.#rejectAll(new SelvageError('engine.unavailable'))
    for (const child of this.#children) child.kill('closed')
  }

  #ask(kind: number, payload: Uint8Array, subject = ''): Promise<Answer> {
    if (this.#closed) return Promise.reject(new SelvageError('engine.unavailable'))
    return new Promise((resolve, reject) => {
      const request: Request = { kind, payload, lane: subject, resolve, reject, attempts: 0 }
      this.#wait(request)
      this.#next()
    })
  }

  #wait(request: Request): void {
    const pushed = this.#queue.push(request.lane, request)
    if (pushed !== 'waits') {
      request.reject(new SelvageError(pushed === 'full' ? 'limit.busy' : 'limit.share'))
      return
    }
    request.patience = setTimeout(() => {
      if (this.#queue.remove(request.lane, request)) request.reject(new SelvageError('limit.busy'))
    }, this.#options.waitMs)
  }

  #next(): void {
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      const child = [...this.#children].find(({ idle }) => idle)
      if (child === undefined) break
      this.#queue.take(next.lane)
      this.#run(child, next)
    }
    if (this.#queue.peek() !== undefined || this.#owed.length > 0) this.#startOne()
  }

  #run(child: ParserChild, request: Request): void {
    clearTimeout(request.patience)
    const since = performance.now()
    const release = (): void => this.#queue.release(request.lane, performance.now() - since)
    request.attempts += 1
    child.run({
      kind: request.kind,
      payload: request.payload,
      answered: (answer, worn) => {
        if (worn) this.#owed = [...this.#owed, release]
        else release()
        request.resolve(answer)
      },
      lost: reason => {
        // Whoever brings down or wears out a child has none before all are there again: not the one that others are left with.
        this.#owed = [...this.#owed, release]
        this.#afterExit(request, reason)
      },
    })
  }

  #free(): void {
    const children = [...this.#children]
    if (children.length === this.#options.children && !children.some(({ opening }) => opening)) this.#settle()
    this.#next()
  }

  #settle(): void {
    const owed = this.#owed
    this.#owed = []
    for (const release of owed) release()
  }

  /** A child more, where there may be one and none is on its way. */
  #startOne(): void {
    const children = [...this.#children]
    if (children.length >= this.#options.children || children.some(({ opening }) => opening)) return
    if (children.length > 0 && this.#reopen !== undefined) return
    const child: ParserChild = new ParserChild(
      { ...this.#options, idleMs: this.#options.idleMs ?? defaultIdleMs },
      () => this.#free(),
      (opened, reason) => {
        this.#children.delete(child)
        if (!opened) this.#didNotOpen()
        // A child that cannot even open is not started again and again: whoever waits is told, and the next one tries.
        if (!opened && this.#children.size === 0) this.#rejectAll(new SelvageError('engine.unavailable', { cause: new Error(reason) }))
        if (!this.#closed) this.#next()
      },
    )
    this.#children.add(child)
  }

  #didNotOpen(): void {
    this.#settle()
    if (this.#closed) return
    clearTimeout(this.#reopen)
    this.#reopen = setTimeout(() => {
      this.#reopen = undefined
      this.#next()
    }, reopenMs)
  }

  #rejectAll(error: SelvageError): void {
    for (const request of this.#queue.drain()) {
      clearTimeout(request.patience)
      request.reject(error)
    }
  }

  #afterExit(request: Request, reason: string): void {
    if (this.#closed) request.reject(new SelvageError('engine.unavailable'))
    else if (reason === 'time')
      request.reject(new SelvageError('limit.time', { detail: 'Reading the statement took too long.', help: 'Write it shorter.' }))
    else if (isOutOfMemory(reason)) request.reject(tooHeavy(new Error(reason)))
    else if (request.attempts >= attemptBound)
      request.reject(
        new SelvageError('query.unsupported', {
          detail: 'The statement cannot be read.',
          help: 'Write it with fewer levels.',
          cause: new Error(reason),
        }),
      )
    else this.#wait(request)
  }
}

const unpaired = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** attacker-controlled: what the engine would cut short or change without a word. */
function refuseText(sql: string): void {
  if (sql.length > longestStatement) throw new SelvageError('request.too_large')
  const at = sql.indexOf('\0')
  if (at >= 0)
    throw new SelvageError('query.syntax', {
      detail: 'The statement holds a zero character.',
      position: positionAt(sql, Buffer.byteLength(sql.slice(0, at))),
    })
  if (unpaired.test(sql)) throw new SelvageError('query.syntax', { detail: 'The statement is not well-formed Unicode.' })
}

function failureIn(answer: Answer): ParserFailure {
  if (answer.kind !== 'failed') throw new SelvageError('engine.unavailable', { cause: new Error('an answer to another question') })
  return answer.failure
}
