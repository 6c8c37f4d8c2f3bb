import type { IncomingMessage, ServerResponse } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Meter } from '@opentelemetry/api'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

/** Names of the stages, as the folders have them. */
export type StageName = 'identify' | 'decide' | 'rewrite' | 'execute' | 'record'

/** Counts and durations for the operator: no subject, no statement, no value ever becomes an attribute. */
export interface Telemetry {
  /** Runs a stage and keeps how long it took, and the code that it ended with. */
  readonly stage: <T>(name: StageName, work: () => Promise<T>) => Promise<T>
  /** An answer or a refusal left; refusals before authentication are counted here and stand in no log. */
  readonly told: (route: string, code: string) => void
  readonly released: (rows: number, bytes: number) => void
  /** A table was decided by both engines. */
  readonly shadowed: (outcome: 'agrees' | 'differs' | 'failed') => void
  /** `GET /metrics`, in Prometheus's text form. */
  readonly serve: (request: IncomingMessage, reply: ServerResponse) => void
}

interface Gauges {
  readonly entries: () => number
  readonly children: () => number
  readonly staleIssuers: () => number
  /** Issuers whose signals do not come, and ids of which something was said. */
  readonly silent: () => number
  readonly standing: () => number
}

export function openTelemetry(gauges: Gauges): Telemetry {
  const exporter = new PrometheusExporter({ preventServerStart: true, prefix: 'selvage' })
  const meter = new MeterProvider({ readers: [exporter] }).getMeter('gate')
  const durations = meter.createHistogram('stage_duration', {
    unit: 's',
    description: 'Time in each stage of the pipeline.',
    advice: { explicitBucketBoundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30] },
  })
  const answers = meter.createCounter('answers', { description: 'Answers and refusals, by route and code.' })
  const rows = meter.createCounter('released_rows', { description: 'Rows that left the gate.' })
  const shadows = meter.createCounter('shadow_tables', { description: 'Tables that were decided by the official engine too, by outcome.' })
  const bytes = meter.createCounter('released_bytes', { unit: 'By', description: 'Bytes of rows that left the gate.' })
  meter
    .createObservableGauge('audit_entries', { description: 'Entries of the audit log.' })
    .addCallback(result => result.observe(gauges.entries()))
  meter
    .createObservableGauge('engine_children', { description: 'Engine children alive.' })
    .addCallback(result => result.observe(gauges.children()))
  meter
    .createObservableGauge('silent_issuers', { description: 'Issuers whose signals are expected and do not come.' })
    .addCallback(result => result.observe(gauges.silent()))
  meter
    .createObservableGauge('standing_ids', { description: 'Subjects, sessions, tokens and devices of which an issuer said something.' })
    .addCallback(result => result.observe(gauges.standing()))

  meter
    .createObservableGauge('stale_issuers', { description: 'Issuers whose keys are stale, or that have none.' })
    .addCallback(result => result.observe(gauges.staleIssuers()))

  observeEventLoop(meter)

  async function stage<T>(name: StageName, work: () => Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      return await work()
    } finally {
      durations.record((performance.now() - started) / 1_000, { stage: name })
    }
  }

  return {
    stage,
    told: (route, code) => answers.add(1, { route, code }),
    released: (count, size) => {
      rows.add(count)
      bytes.add(size)
    },
    shadowed: outcome => shadows.add(1, { outcome }),
    serve: (request, reply) => exporter.getMetricsRequestHandler(request, reply),
  }
}

/** Milliseconds between two looks at the clock. */
const resolution = 10

/** How much later than planned the process got to its work, since it was last asked for. */
function observeEventLoop(meter: Meter): void {
  const delays = monitorEventLoopDelay({ resolution })
  delays.enable()
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolution / 1e3)
  meter
    .createObservableGauge('event_loop_delay', { unit: 's', description: 'Lateness of the event loop since the last scrape, by quantile.' })
    .addCallback(result => {
      for (const percent of [50, 99, 100]) result.observe(late(delays.percentile(percent)), { quantile: percent / 100 })
      delays.reset()
    })
}
