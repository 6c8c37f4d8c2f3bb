import { type OpenStream, type PollAnswer, requestedEvents, type Settled, type Transmitter, type WantedDelivery } from '@selvage/identity'
import { errorTable, SelvageError } from '@selvage/kernel/model'
import type { Log, Random } from '../ports.ts'
import { Backoff } from '../sync/backoff.ts'
import type { Receiver, Signaller } from './receiver.ts'
import { errOf } from './rfc8935.ts'
import type { States } from './states.ts'

export interface StreamOptions {
  readonly from: Signaller
  readonly transmitter: Transmitter
  readonly wanted: WantedDelivery
  readonly receive: Receiver['receive']
  readonly states: States
  /** A stream was made: what was said before is not in it. */
  readonly onMade: () => Promise<void>
  readonly log: Log
  readonly random: Random
}

/** Milliseconds between looks. */
const lookEvery = 1_000
/** Milliseconds between signs of life that are asked for, at most: half of the silence that is allowed. */
const verifyEvery = 60_000
/** Polls in a row, while there is more. */
const pollsAtOnce = 16

/**
 * Our stream at one issuer's transmitter: there is one, it is asked for a sign of life again and again, and where it is polled, for
 * its events. What fails is tried again, ever more seldom.
 */
export function openStream(options: StreamOptions): { close: () => void } {
  const { from, transmitter, log, random, states } = options
  const patience = Math.min(verifyEvery, (from.signals.silence * 1_000) / 2)
  let stream: OpenStream | undefined
  let backoff: Backoff | undefined
  let verified = Number.NEGATIVE_INFINITY
  let settled: Settled = nothingSettled
  let timer: NodeJS.Timeout | undefined
  let told = ''
  let closed = false

  async function step(): Promise<void> {
    stream ??= await open()
    if (options.wanted.method === 'poll') await pollAll(stream)
    // Nothing waits for it: what is polled goes on, and a stream that is gone is opened anew.
    if (performance.now() - verified >= patience) await verify(stream).catch(note)
  }

  async function open(): Promise<OpenStream> {
    const opened = await transmitter.open(options.wanted)
    if (opened.made) await options.onMade()
    log('signals.stream_open', { issuer: from.alias, delivery: options.wanted.method, made: opened.made, events: requestedEvents.length })
    return opened
  }

  async function verify(open: OpenStream): Promise<void> {
    const state = random(16).toString('base64url')
    states.add(from.alias, state)
    verified = performance.now()
    await transmitter.verify(open, state)
  }

  async function pollAll(open: OpenStream): Promise<void> {
    for (let left = pollsAtOnce; left > 0; left -= 1) {
      const answer = await transmitter.poll(open, settled)
      settled = await settle(answer)
      if (closed || (!answer.more && settled === nothingSettled)) return
    }
  }

  /** What is neither taken nor refused comes again. */
  async function settle({ events }: PollAnswer): Promise<Settled> {
    if (events.size === 0) return nothingSettled
    const taken: string[] = []
    const refused = new Map<string, { err: string; description: string }>()
    await Promise.all(
      [...events].map(async ([id, text]) => {
        try {
          await options.receive(from, text, id)
          taken.push(id)
        } catch (error) {
          const refusal = refusalOf(error)
          log('signals.refused', {
            issuer: from.alias,
            code: refusal?.code,
            cause: String(error instanceof SelvageError && error.options.cause),
          })
          if (refusal !== undefined) refused.set(id, { err: refusal.err, description: errorTable[refusal.code].title })
        }
      }),
    )
    return taken.length + refused.size === 0 ? nothingSettled : { taken, refused }
  }

  async function look(): Promise<void> {
    if (backoff === undefined || backoff.isDue()) {
      try {
        await step()
        backoff = undefined
        if (stream !== undefined) told = ''
      } catch (error) {
        failed(error)
      }
    }
    if (!closed) timer = setTimeout(() => void look(), lookEvery)
  }

  function failed(error: unknown): void {
    backoff ??= new Backoff()
    backoff.failed()
    note(error)
  }

  function note(error: unknown): void {
    stream = undefined
    const cause = String(error)
    if (cause !== told) log('signals.unreachable', { issuer: from.alias, cause })
    told = cause
  }

  void look()
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

const nothingSettled: Settled = { taken: [], refused: new Map() }

function refusalOf(error: unknown): { code: keyof typeof errorTable; err: string } | undefined {
  const err = error instanceof SelvageError ? errOf(error.code) : undefined
  return err === undefined ? undefined : { code: (error as SelvageError).code, err }
}
