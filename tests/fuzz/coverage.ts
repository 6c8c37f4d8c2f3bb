import { type Profiler, Session } from 'node:inspector'

/** URL of a script -> a 1 for each of its characters that ran. */
export type Ran = ReadonlyMap<string, Uint8Array>

/** Which characters of the watched scripts ran, by V8's block counters. One per thread. */
export class Coverage {
  readonly #session = new Session()
  readonly #all = new Map<string, Uint8Array>()
  readonly #isWatched: (url: string) => boolean

  constructor(isWatched: (url: string) => boolean) {
    this.#isWatched = isWatched
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** What ran since the last call. */
  take(): Ran {
    return new Map(this.#counters().flatMap(script => (this.#isWatched(script.url) ? [[script.url, painted(script)] as const] : [])))
  }

  /** Adds to all that ran so far; gives what is new in it, or undefined. */
  add(ran: Ran): Ran | undefined {
    const fresh = new Map<string, Uint8Array>()
    for (const [url, bytes] of ran) {
      const held = this.#grown(url, bytes.length)
      const news = bytes.map((one, at) => one & (held[at]! ^ 1))
      if (!news.includes(1)) continue
      news.forEach((one, at) => {
        if (one === 1) held[at] = 1
      })
      fresh.set(url, news)
    }
    return fresh.size === 0 ? undefined : fresh
  }

  get all(): Ran {
    return this.#all
  }

  stop(): void {
    this.#session.disconnect()
  }

  #counters(): readonly Profiler.ScriptCoverage[] {
    let found: readonly Profiler.ScriptCoverage[] = []
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error
      found = answer.result
    })
    return found
  }

  #grown(url: string, length: number): Uint8Array {
    const held = this.#all.get(url)
    if (held !== undefined && held.length >= length) return held
    const bigger = new Uint8Array(length)
    if (held !== undefined) bigger.set(held)
    this.#all.set(url, bigger)
    return bigger
  }
}

/** Outer functions come before inner ones, outer blocks before inner: whatever is painted last holds. */
function painted({ functions }: Profiler.ScriptCoverage): Uint8Array {
  const ranges = functions.flatMap(found => found.ranges)
  const ran = new Uint8Array(ranges.reduce((end, { endOffset }) => Math.max(end, endOffset), 0))
  for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  return ran
}

export const meet = (a: Ran, b: Ran): boolean =>
  [...a].some(([url, bytes]) => {
    const other = b.get(url)
    return other !== undefined && bytes.some((one, at) => (one & (other[at] ?? 0)) === 1)
  })
