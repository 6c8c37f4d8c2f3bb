import { createEventVerifier, type KeySource, longestDelay, type SecurityEvent, SeenEvents, type Standing } from '@selvage/identity'
import type { Issuer, SignalsTrust } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { Clock, Log } from '../ports.ts'
import type { KeptEvents, KeptRecord } from './kept-events.ts'
import type { States } from './states.ts'

/** An issuer whose signals the domain takes. */
export type Signaller = Issuer & { readonly signals: SignalsTrust }

export interface ReceiverOptions {
  readonly keys: KeySource
  readonly clock: Clock
  readonly log: Log
  readonly standing: Standing
  readonly states: States
  readonly keep: KeptEvents['keep']
  /** Enters it in the audit log. Resolves once that is durable. */
  readonly record: (event: SecurityEvent) => Promise<unknown>
}

/** Takes events: what it resolves for may be acknowledged, what it throws for changed nothing. */
export interface Receiver {
  /**
   * What tokens are worth has changed before it resolves, and stays changed over a restart. Throws `signal.*` for an event that is
   * not to be sent again as it is; `identity.keys` or `ledger.unavailable` for one that is.
   * @param id under which it was sent, where it was sent under one
   */
  readonly receive: (from: Signaller, text: string, id?: string) => Promise<void>
  /** What was kept of an event. */
  readonly recall: (record: KeptRecord) => void
  /** All that has to be kept of which events were taken. */
  readonly taken: () => Iterable<KeptRecord>
  /** Once in a while. */
  readonly forget: () => void
}

/** Of one issuer. */
const maxSeen = 100_000
const lasting = new Set<SecurityEvent['effect']>(['revoked', 'renew', 'posture'])

export function createReceiver(options: ReceiverOptions): Receiver {
  const { clock, log, standing, states, keep, record } = options
  const verifier = createEventVerifier({ keys: options.keys, now: clock })
  const seen = new Map<string, SeenEvents>()
  /** Events that are being written down. */
  const underWay = new Map<string, Promise<void>>()

  function seenOf(issuer: string): SeenEvents {
    const known = seen.get(issuer) ?? new SeenEvents(maxSeen)
    seen.set(issuer, known)
    return known
  }

  async function receive(from: Signaller, text: string, id?: string): Promise<void> {
    const event = await verifier.verify(text, { issuer: from, audience: from.signals.audience })
    const { issuer, tokenId, digest, issuedAt } = event
    if (id !== undefined && id !== tokenId) throw new SelvageError('signal.claims', { cause: new Error('event: jti') })
    const known = seenOf(issuer).look(tokenId, digest)
    if (known === 'other') throw new SelvageError('signal.claims', { cause: new Error('event: the jti of another one') })
    if (known === 'seen') return underWay.get(nameOf(issuer, tokenId))
    if (event.state !== undefined && !states.take(issuer, event.state)) throw new SelvageError('signal.state')
    seenOf(issuer).add(tokenId, { digest, issuedAt })
    // INVARIANT: whatever becomes of the disks, what was said counts from here on.
    standing.apply(issuer, event.changes)
    standing.heard(issuer, issuedAt * 1_000)
    if (lasting.has(event.effect)) await writeDown(event)
    tell(event)
  }

  /**
   * Both before it is acknowledged. INVARIANT: what is kept has its entry, since an event that is known after a restart is
   * acknowledged at once when it comes again. One that failed, or was cut off, after its entry comes again as a new one and
   * gets another entry of the same id: there may be two, never none.
   */
  async function writeDown(event: SecurityEvent): Promise<void> {
    const { issuer, tokenId, digest, issuedAt, changes } = event
    const name = nameOf(issuer, tokenId)
    const writing = record(event)
      .then(() => keep({ issuer, event: { id: tokenId, digest, issuedAt }, changes }))
      .catch(cause => {
        seenOf(issuer).delete(tokenId)
        throw cause instanceof SelvageError ? cause : new SelvageError('ledger.unavailable', { cause })
      })
      .finally(() => underWay.delete(name))
    underWay.set(name, writing)
    await writing
  }

  function tell({ issuer, effect, name, changes, enabled }: SecurityEvent): void {
    if (effect === 'verification') return
    if (effect === 'stream') log('signals.stream', { issuer, enabled })
    else log('signals.taken', { issuer, type: name, effect, ...(lasting.has(effect) ? { changes: changes.length } : {}) })
  }

  return {
    receive,
    recall({ issuer, event, changes }) {
      standing.apply(issuer, changes)
      if (event !== undefined) seenOf(issuer).add(event.id, event)
    },
    *taken() {
      for (const [issuer, events] of seen)
        for (const [id, { digest, issuedAt }] of events.entries()) {
          // Its own line brings what it changes: known without that, it would be acknowledged after a restart, and mean nothing.
          if (!underWay.has(nameOf(issuer, id))) yield { issuer, event: { id, digest, issuedAt }, changes: [] }
        }
    },
    forget() {
      for (const events of seen.values()) events.forget(Math.floor(clock() / 1_000) - longestDelay)
    },
  }
}

const nameOf = (issuer: string, id: string): string => `${issuer} ${id}`
