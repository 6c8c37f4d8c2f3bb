import { setImmediate as turn } from 'node:timers/promises'

/** Milliseconds without a turn for whatever else the gate does. */
const slice = 5

/** One after another, with a turn of the event loop now and then: what is done with many keeps nobody else waiting. */
export async function* paced<T>(items: Iterable<T>): AsyncGenerator<T> {
  let since = performance.now()
  for (const item of items) {
    yield item
    if (performance.now() - since < slice) continue
    await turn()
    since = performance.now()
  }
}
