import { Worker, type WorkerOptions } from 'node:worker_threads'
import type { LedgerErrorCode } from '../error.ts'
import type { PublisherOptions } from './publisher.ts'
import type { WalBatch } from './wal.ts'

/**
 * What crosses between the writer and its two threads. The durable size is shared as one 64-bit counter; `bell`, of 32 bits, is counted up after
 * each message to the thread, which sleeps on it.
 */
export interface WalThreadData {
  readonly dir: string
  readonly segmentBytes: number
  readonly signedSize: number
  readonly durable: SharedArrayBuffer
  readonly bell: SharedArrayBuffer
}
export type ToWal = WalBatch | { readonly kind: 'roll' | 'close'; readonly id: number }

export type PublisherThreadData = PublisherOptions & { readonly checkpointEvery: number; readonly durable: SharedArrayBuffer }
export type ToPublisher = { readonly kind: 'publish' | 'erase' | 'close'; readonly id: number; readonly index: number }

export type FromThread =
  | { readonly kind: 'ready' | 'durable' | 'published'; readonly size: number }
  | { readonly kind: 'done'; readonly id: number; readonly text: string }
  | { readonly kind: 'fatal'; readonly code: LedgerErrorCode; readonly message: string; readonly cause: string }

/** Threads run what `tsc -b` built, also when the sources themselves are run. */
export function startThread(name: 'wal-thread' | 'publisher-thread', options: WorkerOptions): Worker {
  const built = import.meta.url.endsWith('.ts') ? `../../dist/io/${name}.js` : `./${name}.js`
  return new Worker(new URL(built, import.meta.url), { ...options, name: `selvage-${name}`, execArgv: [] })
}
