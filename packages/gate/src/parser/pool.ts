import { SelvageError } from '@selvage/kernel/model'
import { positionAt } from '@selvage/kernel/query'
import { Child, type ChildLog, scriptBeside } from '../execute/child-process.ts'
import type { Frame } from '../execute/frame.ts'
import type { ResultColumn } from '../execute/message.ts'
import type { Parameters } from '../execute/parameter.ts'
import { failureOf } from './failure.ts'
import { type BindMessage, fromParser, longestStatement, type ParserFailure, parserFrameBound, type Schema, toParser } from './message.ts'

export interface ParserOptions {
  /** MiB of the engine's own memory in the child. */
  readonly memoryMb: number
  /** For one request in the child; as long again may be spent in waiting for it. */
  readonly timeoutMs: number
  /** A child that has had nothing to do for so long ends. */
  readonly idleMs?: number
  readonly log: ChildLog
}

/** Reads SQL text in a process that holds no data. Any of its calls may throw `limit.time` or `limit.busy`. */
export interface Parser {
  /**
   * The text's tree, as `json_serialize_sql` writes it. Throws `query.syntax` with the position, or
   * `query.unsupported` with what to write instead for what is not a single SELECT.
   */
  parse(sql: string): Promise<string>
  /** The SQL text of a tree. */
  print(treeJson: string): Promise<string>
  /**
   * Names and types of the output of the original text, over empty tables with what the subject may discover.
   * Throws `query.unknown_table`, `query.unknown_column`, `query.type`, `query.parameters`, `query.data`,
   * `query.unsupported`, with positions in that text. In a PIVOT … IN ($1) names depend on values.
   */
  bind(sql: string, schema: Schema, parameters: Parameters | undefined): Promise<{ columns: readonly ResultColumn[] }>
  close(): Promise<void>
}

export const openParser = (options: ParserOptions): Parser => new Pool(options)

interface Request {
  readonly kind: number
  readonly payload: Uint8Array
  readonly resolve: (answer: Frame) => void
  readonly reject: (error: SelvageError) => void
  readonly waited: NodeJS.Timeout
  attempts: number
}

const script = scriptBeside(import.meta.url, './child.js')
const queueBound = 256
const defaultIdleMs = 60_000
/** A child may go down by itself; a text that brings down two is not sent to a third. */
const attemptBound = 2
const openMs = 10_000

class Pool implements Parser {
  readonly #options: ParserOptions
  readonly #queue: Request[] = []
  #child: Child | undefined
  #ready = false
  #current: Request | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ParserOptions) {
    this.#options = options
  }

  async parse(sql: string): Promise<string> {
    refuseText(sql)
    const { kind, payload } = await this.#ask(toParser.parse, Buffer.from(sql))
    if (kind === fromParser.text) return payload.toString()
    throw failureOf(parseFailure(kind, payload), sql, undefined)
  }

  async print(treeJson: string): Promise<string> {
    const { kind, payload } = await this.#ask(toParser.print, Buffer.from(treeJson))
    if (kind === fromParser.text) return payload.toString()
    throw new SelvageError('internal.fault', { cause: new Error(`a tree that does not print: ${payload.toString().slice(0, 500)}`) })
  }

  async bind(sql: string, schema: Schema, parameters: Parameters | undefined): Promise<{ columns: readonly ResultColumn[] }> {
    refuseText(sql)
    const message: BindMessage = { sql, key: schema.key, ...(parameters === undefined ? {} : { parameters }) }
    let answer = await this.#ask(toParser.bind, Buffer.from(JSON.stringify(message)))
    if (answer.kind === fromParser.needSchema)
      answer = await this.#ask(toParser.bind, Buffer.from(JSON.stringify({ ...message, tables: schema.tables } satisfies BindMessage)))
    if (answer.kind === fromParser.columns) return JSON.parse(answer.payload.toString()) as { columns: readonly ResultColumn[] }
    throw failureOf(parseFailure(answer.kind, answer.payload), sql, schema)
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const request of this.#queue.splice(0)) this.#reject(request, new SelvageError('engine.unavailable'))
    this.#child?.kill('closed')
  }

  #ask(kind: number, payload: Uint8Array): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new SelvageError('engine.unavailable'))
      if (this.#queue.length >= queueBound) return reject(new SelvageError('limit.busy'))
      const patience = this.#options.timeoutMs * 2 + (this.#ready ? 0 : openMs)
      const waited = setTimeout(() => this.#waitedTooLong(request), patience)
      const request: Request = { kind, payload, resolve, reject, waited, attempts: 0 }
      this.#queue.push(request)
      this.#next()
    })
  }

  #waitedTooLong(request: Request): void {
    const at = this.#queue.indexOf(request)
    if (at < 0) return
    this.#queue.splice(at, 1)
    request.reject(new SelvageError('limit.busy'))
  }

  #next(): void {
    if (this.#current !== undefined || this.#queue.length === 0) return
    if (this.#child === undefined) this.#start()
    if (!this.#ready) return
    const request = this.#queue.shift()!
    clearTimeout(request.waited)
    request.attempts += 1
    this.#current = request
    this.#arm(this.#options.timeoutMs, () => this.#child?.kill('time'))
    this.#child?.send(request.kind, request.payload)
  }

  #start(): void {
    this.#ready = false
    const child: Child = new Child({
      name: 'parser',
      script,
      frameBound: parserFrameBound,
      heapMb: 256,
      log: this.#options.log,
      onFrame: frame => this.#onFrame(frame),
      onExit: reason => this.#onExit(child, reason),
    })
    this.#child = child
    this.#arm(openMs, () => child.kill('did not open'))
    child.send(toParser.open, { memoryMb: this.#options.memoryMb })
    this.#options.log('parser.started', { pid: child.pid })
  }

  #onFrame(frame: Frame): void {
    clearTimeout(this.#timer)
    if (frame.kind === fromParser.ready) this.#ready = true
    else {
      const request = this.#current
      if (request === undefined) throw new Error('an answer to nothing')
      this.#current = undefined
      request.resolve(frame)
    }
    this.#next()
    if (this.#current === undefined) this.#arm(this.#options.idleMs ?? defaultIdleMs, () => this.#child?.kill('idle'))
  }

  #onExit(child: Child, reason: string): void {
    if (this.#child !== child) return
    clearTimeout(this.#timer)
    this.#options.log('parser.ended', { pid: child.pid, reason })
    const request = this.#current
    const opened = this.#ready
    this.#child = undefined
    this.#current = undefined
    this.#ready = false
    if (request !== undefined) this.#afterExit(request, reason)
    // A child that cannot even open is not started again and again: whoever waits is told, and the next one tries.
    if (!opened)
      for (const waiting of this.#queue.splice(0))
        this.#reject(waiting, new SelvageError('engine.unavailable', { cause: new Error(reason) }))
    if (!this.#closed) this.#next()
  }

  #afterExit(request: Request, reason: string): void {
    if (this.#closed) request.reject(new SelvageError('engine.unavailable'))
    else if (reason === 'time')
      request.reject(new SelvageError('limit.time', { detail: 'Reading the statement took too long.', help: 'Write it shorter.' }))
    else if (request.attempts >= attemptBound)
      request.reject(
        new SelvageError('query.unsupported', {
          detail: 'The statement cannot be read.',
          help: 'Write it with fewer levels.',
          cause: new Error(reason),
        }),
      )
    else this.#queue.unshift(request)
  }

  #reject(request: Request, error: SelvageError): void {
    clearTimeout(request.waited)
    request.reject(error)
  }

  #arm(ms: number, call: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(call, ms)
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

function parseFailure(kind: number, payload: Buffer): ParserFailure {
  if (kind !== fromParser.failed) throw new SelvageError('engine.unavailable', { cause: new Error('unexpected frame') })
  return JSON.parse(payload.toString()) as ParserFailure
}
