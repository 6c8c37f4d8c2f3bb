import { parentPort, workerData } from 'node:worker_threads'
import { fatalMessage } from './fatal.ts'
import { Publisher } from './publisher.ts'
import type { FromThread, PublisherThreadData, ToPublisher } from './thread.ts'

/** The thread that publishes: on a timer when something is new, and when it is asked. One thing at a time. */
const port = parentPort!
const data = workerData as PublisherThreadData
const durable = new BigInt64Array(data.durable)
const say = (message: FromThread): void => port.postMessage(message)
const durableSize = (): number => Number(Atomics.load(durable, 0))

let turn: Promise<void> = Promise.resolve()
let failed = false

function inTurn(work: () => Promise<void>): void {
  turn = turn.then(async () => {
    if (failed) return
    try {
      await work()
    } catch (error) {
      failed = true
      say(fatalMessage(error))
    }
  })
}

async function publish(publisher: Publisher): Promise<string> {
  const before = publisher.size
  const note = await publisher.publish(durableSize())
  if (publisher.size !== before) say({ kind: 'published', size: publisher.size })
  return note
}

async function answer(publisher: Publisher, { kind, id, index }: ToPublisher, stop: () => void): Promise<void> {
  const text = await publish(publisher)
  if (kind === 'erase') publisher.eraseDetail(index)
  if (kind === 'close') {
    stop()
    publisher.close()
  }
  say({ kind: 'done', id, text })
}

inTurn(async () => {
  const publisher = await Publisher.open(data)
  await publish(publisher)
  const timer = setInterval(() => {
    if (durableSize() > publisher.size) inTurn(async () => void (await publish(publisher)))
  }, data.checkpointEvery)
  const stop = () => clearInterval(timer)
  port.on('message', (message: ToPublisher) => inTurn(() => answer(publisher, message, stop)))
  say({ kind: 'ready', size: publisher.size })
})
