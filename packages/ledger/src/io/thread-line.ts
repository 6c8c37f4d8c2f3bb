import type { Worker } from 'node:worker_threads'
import { LedgerError } from '../error.ts'
import type { FromThread } from './thread.ts'

/** The writer's side of one thread: questions with answers, and one place where its end is noticed. */
export class ThreadLine {
  readonly #worker: Worker
  readonly #bell: Int32Array | undefined
  readonly #waiting = new Map<number, (text: string) => void>()
  #asked = 0
  #closed = false

  /** @param bell of a thread that sleeps on it, and not in an event loop */
  constructor(worker: Worker, onMessage: (message: FromThread) => void, onFatal: (error: LedgerError) => void, bell?: SharedArrayBuffer) {
    this.#worker = worker
    this.#bell = bell === undefined ? undefined : new Int32Array(bell)
    worker.on('message', (message: FromThread) => {
      if (message.kind === 'fatal')
        onFatal(new LedgerError(message.code, message.message, message.cause === '' ? {} : { cause: message.cause }))
      else if (message.kind === 'done') this.#answer(message.id, message.text)
      else onMessage(message)
    })
    worker.on('error', cause => onFatal(new LedgerError('write_failed', 'a thread of the log failed', { cause })))
    worker.on('exit', () => {
      if (!this.#closed) onFatal(new LedgerError('write_failed', 'a thread of the log ended'))
    })
  }

  send(message: object, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer)
    if (this.#bell === undefined) return
    Atomics.add(this.#bell, 0, 1)
    Atomics.notify(this.#bell, 0)
  }

  /** Answered by `done`; never answered after a failure, which the writer tells its callers itself. */
  ask(kind: string, index = 0): Promise<string> {
    this.#asked += 1
    const id = this.#asked
    this.send({ kind, id, index })
    return new Promise(resolve => this.#waiting.set(id, resolve))
  }

  async stop(): Promise<void> {
    this.#closed = true
    await this.#worker.terminate()
  }

  #answer(id: number, text: string): void {
    this.#waiting.get(id)?.(text)
    this.#waiting.delete(id)
  }
}
