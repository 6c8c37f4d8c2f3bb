import { SelvageError } from '@selvage/kernel/model'

export interface DocumentBounds {
  /** Bytes of rows. */
  readonly documentBytesPerSubject: number
  readonly documentBytesInAll: number
}

/** What stands in memory of the documents that are gathered, or on their way to whoever asked. */
export class Documents {
  readonly #bounds: DocumentBounds
  readonly #ofSubject = new Map<string, number>()
  #inAll = 0

  constructor(bounds: DocumentBounds) {
    this.#bounds = bounds
  }

  get bytes(): number {
    return this.#inAll
  }

  /**
   * One document of a subject, until `left` resolves. What it takes more is told to what this returns, which throws `limit.share`,
   * `limit.busy` or, once it has left, `engine.cancelled`.
   */
  open(subject: string, left: Promise<unknown>): (bytes: number) => void {
    let held = 0
    let isOver = false
    void left.then(() => {
      isOver = true
      this.#add(subject, -held)
    })
    return bytes => {
      // What is taken now would never be given back.
      if (isOver) throw new SelvageError('engine.cancelled')
      const { documentBytesPerSubject, documentBytesInAll } = this.#bounds
      if ((this.#ofSubject.get(subject) ?? 0) + bytes > documentBytesPerSubject) throw new SelvageError('limit.share', untaken)
      if (this.#inAll + bytes > documentBytesInAll) throw new SelvageError('limit.busy')
      held += bytes
      this.#add(subject, bytes)
    }
  }

  #add(subject: string, bytes: number): void {
    const now = (this.#ofSubject.get(subject) ?? 0) + bytes
    if (now === 0) this.#ofSubject.delete(subject)
    else this.#ofSubject.set(subject, now)
    this.#inAll += bytes
  }
}

const untaken = {
  detail: 'Answers of yours that were not read yet take all that you may have of this gate.',
  help: 'Read them, or ask for application/x-ndjson, which is not gathered.',
} as const
