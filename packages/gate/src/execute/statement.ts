import { SelvageError } from '@selvage/kernel/model'
import { type ResultColumn, window } from './message.ts'
import { Stopwatch } from './stopwatch.ts'

export interface Done {
  readonly rows: number
  /** Of the rows as encoded. */
  readonly bytes: number
  /** From the start in the child to the last row taken. */
  readonly ms: number
}

/** A statement that has started. Its rows are read once; leaving the loop early cancels it. */
export interface Running {
  readonly columns: readonly ResultColumn[]
  /** Whole rows, JSON arrays with the separator between them: between two parts there is none. */
  readonly rows: AsyncIterable<Uint8Array>
  /** Rejects with the error that ended it. */
  readonly done: Promise<Done>
}

const tooLong = (which: 'working' | 'waiting'): SelvageError =>
  new SelvageError(
    'limit.time',
    which === 'working' ? {} : { detail: 'The rows were not read in time.', help: 'Read faster, or ask for less.' },
  )

type Counts = Pick<Done, 'rows' | 'bytes'>

/** What a statement asks of the child that runs it. */
export interface Host {
  more(): void
  cancel(): void
}

/** The gate's side of one statement, from the queue until its rows are taken. It ends once, however many things end it. */
export class Statement {
  /** Rejects with what ended the statement before it started. */
  readonly started: Promise<Running>
  /** Resolves when its last row was taken (true), or when it failed. */
  readonly ended: Promise<boolean>
  readonly #watch: Stopwatch
  readonly #slices: Uint8Array[] = []
  readonly #start: PromiseWithResolvers<Running> = withResolvers()
  readonly #done: PromiseWithResolvers<Done> = withResolvers()
  #host: Host | undefined
  #shared = false
  #since = 0
  /** Absent while the child has it, or is to have it. */
  #outcome: Counts | SelvageError | undefined
  #wake: (() => void) | undefined
  #stopWaiting: () => void = () => undefined

  /** @param budgets what its child may work, and what it may wait for whoever takes the rows */
  constructor(budgets: { readonly workingMs: number; readonly waitingMs: number }) {
    this.started = this.#start.promise
    this.#watch = new Stopwatch(budgets, which => this.fail(tooLong(which)))
    // Whoever does not look at one of them is not to end the process.
    this.ended = this.#done.promise.then(
      () => true,
      () => false,
    )
    this.started.catch(() => undefined)
  }

  /** Nothing is left for a child to do. */
  get over(): boolean {
    return this.#outcome !== undefined
  }

  /** Its child had other statements before. */
  get shared(): boolean {
    return this.#shared
  }

  /** Since it began. */
  get workedMs(): number {
    return this.#since === 0 ? 0 : performance.now() - this.#since
  }

  /** How long it may wait for a child that is ready, and who may call it off, and by the signal's reason with which error. */
  bound(waitMs: number, signal: AbortSignal): void {
    const busy = setTimeout(() => this.fail(new SelvageError('limit.busy')), waitMs)
    const abort = (): void => this.fail(signal.reason instanceof SelvageError ? signal.reason : new SelvageError('engine.cancelled'))
    signal.addEventListener('abort', abort, { once: true })
    this.#stopWaiting = () => clearTimeout(busy)
    const settled = (): void => signal.removeEventListener('abort', abort)
    this.#done.promise.then(settled, settled)
  }

  /** A child is there for it, or on its way. @param shared whether it had others before */
  assign(host: Host, shared: boolean): void {
    this.#host = host
    this.#shared = shared
  }

  /** The child has it now: its time begins. */
  begin(): void {
    this.#stopWaiting()
    this.#since = performance.now()
    this.#watch.run('working')
  }

  columns(columns: readonly ResultColumn[]): void {
    this.#start.resolve({ columns, rows: this.#rows(), done: this.#done.promise })
  }

  slice(bytes: Uint8Array): void {
    if (this.over) return
    this.#slices.push(bytes)
    if (this.#slices.length >= window) this.#watch.run('waiting')
    this.#wake?.()
  }

  /** The child sent everything. `done` waits for the reader. */
  finish(counts: Counts): void {
    if (this.over) return
    this.#outcome = counts
    // The child is free; what is not taken yet is still held here, and not for ever.
    this.#watch.run('waiting')
    this.#wake?.()
  }

  /** Tells the caller at once, and the child to stop. Without effect once the last row was taken. */
  fail(error: SelvageError): void {
    if (this.#outcome instanceof SelvageError) return
    const stopChild = !this.over
    this.#outcome = error
    this.#slices.length = 0
    this.#watch.stop()
    this.#stopWaiting()
    this.#start.reject(error)
    this.#done.reject(error)
    this.#wake?.()
    if (stopChild) this.#host?.cancel()
  }

  async *#rows(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const slice = this.#slices.shift()
        if (slice !== undefined) {
          this.#taken()
          yield slice
        } else if (this.#outcome instanceof SelvageError) throw this.#outcome
        else if (this.#outcome !== undefined) return this.#complete(this.#outcome)
        else await this.#next()
      }
    } finally {
      // After the last row this changes nothing.
      this.fail(new SelvageError('engine.cancelled'))
    }
  }

  #taken(): void {
    if (this.over) return
    this.#host?.more()
    this.#watch.run('working')
  }

  #complete(counts: Counts): void {
    this.#watch.stop()
    this.#done.resolve({ ...counts, ms: Math.round(performance.now() - this.#since) })
  }

  #next(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
