import { createPublicKey, type KeyObject } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { LedgerError } from '../error.ts'
import { leafHash } from '../hash.ts'
import { formatVerifierKey, getSignerKey, parseVerifierKey } from '../key.ts'
import { claimLog } from './claim.ts'
import { makeDurableDirectory } from './directory.ts'
import { layout } from './layout.ts'
import { type Appended, PendingAppends } from './pending.ts'
import { BatchBuilder } from './record.ts'
import { maxBatchBytes, maxBatchEntries, minSegmentBytes } from './segment.ts'
import { readSignedHead } from './signed-head.ts'
import { type FromThread, type PublisherThreadData, startThread, type WalThreadData } from './thread.ts'
import { ThreadLine } from './thread-line.ts'

/** Bounds of one append, and of all that wait. */
export const maxAppendEntryBytes: number = 4 * 1024
export const maxDetailBytes: number = 64 * 1024
const maxPendingEntries = 16_384
const maxPendingBytes = 64 * 1024 * 1024
/** Durable but not yet published. */
const maxUnpublished = 2_000_000

export interface LogOptions {
  readonly dir: string
  /** The name of the log and of its key: no spaces, no plus. */
  readonly origin: string
  /** Ed25519. */
  readonly privateKey: KeyObject
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds between checkpoints when there is something new; 200 if left out. */
  readonly checkpointEvery?: number
  /** Size of a preallocated segment of the write-ahead log; 16 MiB if left out. */
  readonly segmentBytes?: number
  /** The log can no longer be written: end the process, the next one replays. Called once. */
  readonly onFatal: (error: Error) => void
}

export interface LogWriter {
  readonly origin: string
  readonly verifierKey: string
  /** Entries that were appended, the ones not yet acknowledged included. */
  readonly size: number
  /** Entries that the newest checkpoint covers, and when it was made. */
  readonly published: { readonly size: number; readonly at: number }
  /**
   * Resolves once the entry (at most 4 KiB) and its detail (at most 64 KiB, encrypted, kept outside the tree) are on the
   * disk. Rejects with `full` (nothing was written, try later), `closed` or `write_failed` (unknown, the process must
   * end); a TypeError for what is too large.
   */
  append(entry: Uint8Array, detail?: Uint8Array): Promise<Appended>
  /** The checkpoint that covers all that was appended before the call. */
  publish(): Promise<string>
  /** Removes the detail of an entry for good; the entry and all proofs stay. */
  eraseDetail(index: number): Promise<void>
  /** Publishes what is left and gives the log free. */
  close(): Promise<void>
}

/**
 * Opens a log for writing and recovers what a crash left. Throws `locked` (another writer), `rollback` (the disk holds
 * less than was signed), `corrupt` or `signature` (the checkpoint is not by this key).
 */
export async function openLog(options: LogOptions): Promise<LogWriter> {
  const segmentBytes = options.segmentBytes ?? 16 * 1024 * 1024
  if (segmentBytes < minSegmentBytes) throw new TypeError(`a segment has at least ${minSegmentBytes} bytes`)
  getSignerKey(options.origin, options.privateKey)
  for (const make of [layout.claims, layout.wal, layout.temporary, layout.details]) makeDurableDirectory(make(options.dir), 0o700)
  const claim = claimLog(options.dir)
  const writer = new ThreadedWriter(options, segmentBytes, claim.release)
  try {
    rmSync(layout.temporary(options.dir), { recursive: true, force: true })
    mkdirSync(layout.temporary(options.dir), { mode: 0o700 })
    await writer.start()
    return writer
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

class ThreadedWriter implements LogWriter {
  readonly origin: string
  readonly verifierKey: string
  readonly #options: LogOptions
  readonly #segmentBytes: number
  readonly #release: () => void
  readonly #pending = new PendingAppends()
  readonly #batch = new BatchBuilder()
  readonly #lines: ThreadLine[] = []
  #size = 0
  #published = { size: 0, at: 0 }
  #scheduled = false
  #closed: Promise<void> | undefined
  #state: 'starting' | 'open' | 'closing' | 'failed' = 'starting'
  readonly #failure: Promise<never>
  #fail: (error: LedgerError) => void = () => undefined

  constructor(options: LogOptions, segmentBytes: number, release: () => void) {
    this.origin = options.origin
    this.verifierKey = formatVerifierKey(options.origin, createPublicKey(options.privateKey))
    this.#options = options
    this.#segmentBytes = segmentBytes
    this.#release = release
    this.#failure = new Promise((_, reject) => {
      this.#fail = error => this.#onFatal(error, reject)
    })
    this.#failure.catch(() => undefined)
  }

  get size(): number {
    return this.#size
  }

  get published(): { size: number; at: number } {
    return this.#published
  }

  async start(): Promise<void> {
    const { dir, origin, privateKey, checkpointEvery = 200 } = this.#options
    const head = readSignedHead(dir, parseVerifierKey(this.verifierKey))
    const [durable, bell] = [new SharedArrayBuffer(8), new SharedArrayBuffer(4)]
    const wal: WalThreadData = { dir, segmentBytes: this.#segmentBytes, signedSize: head.size, durable, bell }
    this.#size = await this.#startLine('wal-thread', wal, bell)
    const key = getSignerKey(origin, privateKey)
    const publisher: PublisherThreadData = { dir, key, segmentBytes: this.#segmentBytes, head, checkpointEvery, durable }
    this.#notePublished(await this.#startLine('publisher-thread', publisher))
    this.#state = 'open'
  }

  async append(entry: Uint8Array, detail: Uint8Array = noDetail): Promise<Appended> {
    this.#checkOpen()
    const refusal = this.#findRefusal(entry, detail)
    if (refusal !== undefined) throw refusal
    const appended = { index: this.#size, leaf: leafHash(entry).toString('hex') }
    this.#size += 1
    this.#batch.add(entry, detail)
    const done = this.#pending.add(appended, entry.length + detail.length)
    if (this.#batch.length >= maxBatchBytes || this.#batch.count >= maxBatchEntries) this.#flush()
    else this.#schedule()
    return done
  }

  async publish(): Promise<string> {
    this.#checkOpen()
    this.#flush()
    await this.#settled()
    return this.#orFailure(this.#publisher.ask('publish'))
  }

  async eraseDetail(index: number): Promise<void> {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.#size) throw new TypeError('no such entry')
    this.#checkOpen()
    this.#flush()
    await this.#settled()
    // The copy in the write-ahead log goes with its segment, which is dropped once it is not the one being written.
    await this.#orFailure(this.#wal.ask('roll'))
    await this.#orFailure(this.#publisher.ask('erase', index))
  }

  close(): Promise<void> {
    this.#closed ??= this.#state === 'failed' ? this.#stopThreads() : this.#closeOpen()
    return this.#closed
  }

  async #closeOpen(): Promise<void> {
    this.#flush()
    this.#state = 'closing'
    await this.#settled()
    await this.#orFailure(this.#publisher.ask('close'))
    await this.#orFailure(this.#wal.ask('close'))
    await this.abandon()
  }

  /** Stops without publishing; only for a writer that did not start or is closed. */
  async abandon(): Promise<void> {
    await this.#stopThreads()
    this.#release()
  }

  get #wal(): ThreadLine {
    return this.#lines[0]!
  }

  get #publisher(): ThreadLine {
    return this.#lines[1]!
  }

  async #stopThreads(): Promise<void> {
    await Promise.all(this.#lines.map(line => line.stop()))
  }

  async #startLine(name: Parameters<typeof startThread>[0], workerData: object, bell?: SharedArrayBuffer): Promise<number> {
    const worker = startThread(name, { workerData })
    const ready = new Promise<number>(resolve => {
      const onMessage = (message: FromThread) => {
        if (message.kind === 'ready') resolve(message.size)
        else if (message.kind === 'durable') this.#pending.acknowledge(message.size)
        else if (message.kind === 'published') this.#notePublished(message.size)
      }
      this.#lines.push(new ThreadLine(worker, onMessage, this.#fail, bell))
    })
    return this.#orFailure(ready)
  }

  #notePublished(size: number): void {
    this.#published = { size, at: this.#options.now() }
  }

  #checkOpen(): void {
    if (this.#state === 'failed') throw new LedgerError('write_failed', 'the log failed; this process must end')
    if (this.#state !== 'open') throw new LedgerError('closed', 'the log is closed')
  }

  #findRefusal(entry: Uint8Array, detail: Uint8Array): Error | undefined {
    if (entry.length > maxAppendEntryBytes) return new TypeError(`an entry is at most ${maxAppendEntryBytes} bytes`)
    if (detail.length > maxDetailBytes) return new TypeError(`a detail is at most ${maxDetailBytes} bytes`)
    if (this.#pending.count >= maxPendingEntries || this.#pending.bytes >= maxPendingBytes)
      return new LedgerError('full', 'too many appends wait for the disk; try again later')
    if (this.#size - this.#published.size >= maxUnpublished)
      return new LedgerError('full', 'too many entries wait to be published; try again later')
    return undefined
  }

  /** After the microtasks of this turn: what they append goes into the same batch. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => process.nextTick(() => this.#flush()))
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#batch.count === 0 || this.#state === 'failed') return
    const batch = this.#batch.take()
    this.#wal.send(batch, [batch.payload.buffer])
  }

  /** Resolves when all that was appended before is durable, rejects when the log fails first. */
  async #settled(): Promise<void> {
    await this.#pending.settled()
  }

  #orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure])
  }

  #onFatal(error: LedgerError, reject: (error: Error) => void): void {
    if (this.#state === 'failed') return
    const wasStarting = this.#state === 'starting'
    this.#state = 'failed'
    this.#pending.rejectAll(error)
    reject(error)
    if (!wasStarting) this.#options.onFatal(error)
  }
}

const noDetail = new Uint8Array()
