export interface Latencies {
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly perSecond: number
  readonly count: number
}

/** `clients` at once, each asking again as soon as it has its answer, for `seconds`. */
export async function measure(clients: number, seconds: number, ask: (client: number, round: number) => Promise<void>): Promise<Latencies> {
  const times: number[] = []
  const started = performance.now()
  const end = started + seconds * 1_000
  const client = async (number: number): Promise<void> => {
    for (let round = 0; performance.now() < end; round++) {
      const before = performance.now()
      await ask(number, round)
      times.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)))
  return summarise(times, performance.now() - started)
}

export function summarise(times: readonly number[], totalMs: number): Latencies {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), perSecond: (sorted.length / totalMs) * 1_000, count: sorted.length }
}
