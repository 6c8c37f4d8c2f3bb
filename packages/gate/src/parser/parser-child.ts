import { Child, type ChildLog, openMs, scriptBeside } from '../execute/child-process.ts'
import type { Frame } from '../execute/frame.ts'
import { Patience } from '../execute/patience.ts'
import { type Answer, parseAnswer } from './answer.ts'
import { fromParser, parserFrameBound, toParser } from './message.ts'

export interface ParserChildOptions {
  /** MiB of the engine's own memory in the child. */
  readonly memoryMb: number
  /** MiB that the child may take beside that. */
  readonly overheadMb: number
  /** Bytes of the largest tree that is handed out. */
  readonly treeBytes: number
  /** For one request. */
  readonly timeoutMs: number
  /** A child that has had nothing to do for so long ends. */
  readonly idleMs: number
  readonly log: ChildLog
}

export interface Work {
  readonly kind: number
  readonly payload: Uint8Array
  /** @param worn no other work is done by this child */
  readonly answered: (answer: Answer, worn: boolean) => void
  /** The child ended in the midst of it. */
  readonly lost: (reason: string) => void
}

const script = scriptBeside(import.meta.url, './child.js')

/** The gate's side of one parser child: one request at a time. */
export class ParserChild {
  readonly #child: Child
  readonly #options: ParserChildOptions
  readonly #onIdle: () => void
  readonly #onExit: (opened: boolean, reason: string) => void
  #opened = false
  #worn = false
  #work: Work | undefined
  #patience: Patience | undefined

  constructor(options: ParserChildOptions, onIdle: () => void, onExit: (opened: boolean, reason: string) => void) {
    this.#options = options
    this.#onIdle = onIdle
    this.#onExit = onExit
    const { memoryMb, overheadMb, treeBytes, log } = options
    this.#child = new Child({
      name: 'parser',
      script,
      frameBound: parserFrameBound,
      heapMb: 128,
      wallMb: memoryMb + overheadMb,
      log,
      onFrame: frame => this.#onFrame(frame),
      onExit: reason => this.#ended(reason),
    })
    this.#arm(openMs, 'did not open')
    this.#child.send(toParser.open, { memoryMb, treeBytes })
    log('parser.started', { pid: this.#child.pid })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get idle(): boolean {
    return this.#opened && this.#child.alive && this.#work === undefined
  }

  get opening(): boolean {
    return !this.#opened && this.#child.alive
  }

  run(work: Work): void {
    this.#work = work
    this.#arm(this.#options.timeoutMs, 'time')
    this.#child.send(work.kind, work.payload)
  }

  kill(reason: string): void {
    this.#child.kill(reason)
  }

  #onFrame(frame: Frame): void {
    const work = this.#work
    if (!this.#opened && frame.kind === fromParser.ready) this.#opened = true
    else if (this.#opened && work !== undefined) {
      // Its last answer follows.
      if (frame.kind === fromParser.worn) this.#worn = true
      else this.#answer(work, frame)
    } else throw new Error('an answer to nothing')
    if (this.#work !== undefined || !this.#child.alive) return
    this.#arm(this.#options.idleMs, 'idle')
    this.#onIdle()
  }

  #answer(work: Work, frame: Frame): void {
    const answer = parseAnswer(frame)
    this.#work = undefined
    work.answered(answer, this.#worn)
    if (this.#worn) this.kill('worn')
  }

  #ended(reason: string): void {
    this.#patience?.end()
    this.#options.log('parser.ended', { pid: this.#child.pid, reason })
    const work = this.#work
    this.#work = undefined
    work?.lost(reason)
    this.#onExit(this.#opened, reason)
  }

  #arm(ms: number, reason: string): void {
    this.#patience?.end()
    this.#patience = new Patience(ms, () => this.#child.kill(reason))
  }
}
