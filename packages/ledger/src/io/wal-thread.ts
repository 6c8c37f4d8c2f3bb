import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { fatalMessage } from './fatal.ts'
import { maxBatchBytes, maxBatchEntries } from './segment.ts'
import type { FromThread, ToWal, WalThreadData } from './thread.ts'
import { Wal, type WalBatch } from './wal.ts'

/**
 * The thread that makes entries durable: it takes all that waits (at most 1,024 entries or 1 MiB), writes one frame,
 * syncs once and tells. After an error it ends. It has nothing else to do, so it sleeps on the bell: through an event loop it would be
 * woken a third later.
 */
const port = parentPort!
const data = workerData as WalThreadData
const durable = new BigInt64Array(data.durable)
const bell = new Int32Array(data.bell)
const say = (message: FromThread): void => port.postMessage(message)

function takeWaiting(): ToWal[] {
  const waiting: ToWal[] = []
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) waiting.push(next.message)
  return waiting
}

/** Until it is terminated. The bell is read first: what comes after that look has rung it, and does not let it sleep. */
function work(wal: Wal): never {
  for (;;) {
    const rung = Atomics.load(bell, 0)
    const waiting = takeWaiting()
    if (waiting.length > 0) handle(wal, waiting)
    else Atomics.wait(bell, 0, rung)
  }
}

function writeAcknowledged(wal: Wal, batches: readonly WalBatch[]): void {
  wal.write(batches)
  Atomics.store(durable, 0, BigInt(wal.size))
  say({ kind: 'durable', size: wal.size })
}

function handle(wal: Wal, waiting: ToWal[]): void {
  let batches: WalBatch[] = []
  let [bytes, count] = [0, 0]
  const flush = () => {
    if (batches.length > 0) writeAcknowledged(wal, batches)
    batches = []
    ;[bytes, count] = [0, 0]
  }
  for (const message of waiting) {
    if ('kind' in message) {
      flush()
      if (message.kind === 'roll') wal.roll()
      else wal.close()
      say({ kind: 'done', id: message.id, text: '' })
      continue
    }
    if (bytes + message.payload.length > maxBatchBytes || count + message.count > maxBatchEntries) flush()
    batches.push(message)
    bytes += message.payload.length
    count += message.count
  }
  flush()
}

try {
  const wal = new Wal(data.dir, data.segmentBytes, data.signedSize)
  Atomics.store(durable, 0, BigInt(wal.size))
  say({ kind: 'ready', size: wal.size })
  work(wal)
} catch (error) {
  say(fatalMessage(error))
}
