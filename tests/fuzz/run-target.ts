import { Worker } from 'node:worker_threads'
import type { Plan } from './loop.ts'
import type { Finding, Report } from './report.ts'
import { Witness } from './witness.ts'
import type { Task } from './worker.ts'

export interface Bounds extends Plan {
  /** An input that does not come back within this many milliseconds hangs: its thread is ended. */
  readonly hangMs: number
}

/** Megabytes of a worker's heap, and its stack, which is that of a process of ours. */
const limits = { maxOldGenerationSizeMb: 768, stackSizeMb: 1 }

/** Of a thread that told nothing. */
const nothing = { accepted: 0, outcomes: 0, kept: 0, seconds: 0, slowest: 0, growth: 0, digest: '', coverage: [] } as const

/** Runs one target in a thread of its own, which may hang or run out of memory: that is a finding with its input. */
export function runTarget(target: string, { hangMs, ...plan }: Bounds): Promise<Report> {
  const shared = Witness.allocate()
  const witness = new Witness(shared)
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    workerData: { target, shared, ...plan } satisfies Task,
    resourceLimits: limits,
  })
  const ended = (finding: Omit<Finding, 'input'>): Report => ({
    ...nothing,
    name: target,
    seed: plan.seed,
    inputs: witness.count,
    findings: [{ ...finding, input: witness.input.toString('base64') }],
  })
  return new Promise(resolve => {
    let seen = -1
    let since = performance.now()
    const watch = setInterval(() => {
      const { count } = witness
      if (count !== seen) since = performance.now()
      else if (count > 0 && performance.now() - since > hangMs) settle(ended({ kind: 'hung', what: `no answer within ${hangMs} ms` }))
      seen = count
    }, 250)
    const settle = (report: Report): void => {
      clearInterval(watch)
      void worker.terminate()
      resolve(report)
    }
    worker.once('message', (report: Report) => settle(report))
    worker.once('error', error =>
      settle(ended({ kind: 'died', what: error instanceof Error ? (error.stack ?? error.message) : String(error) })),
    )
    worker.once('exit', code => settle(ended({ kind: 'died', what: `the thread ended with ${code}` })))
  })
}
