import { createHash, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { secretKeyFile } from '@selvage/bundle'
import {
  type Change,
  createTransmitter,
  everyIssuer,
  type KeySource,
  type SecurityEvent,
  type Standing,
  type WantedDelivery,
} from '@selvage/identity'
import type { Domain } from '@selvage/kernel/contract'
import { SelvageError } from '@selvage/kernel/model'
import type { Config } from '../config.ts'
import type { Clock, Log, Random } from '../ports.ts'
import { type KeptRecord, openKeptEvents } from './kept-events.ts'
import { createReceiver, type Signaller } from './receiver.ts'
import { readSecret } from './secret.ts'
import { States } from './states.ts'
import { openStream } from './stream.ts'

/** What issuers tell after a token was issued. */
export interface Signals {
  /**
   * Before anything of a body is read. Throws `signal.sender` where nobody may push this issuer's events by this header, and
   * `policy.missing` where nobody can tell yet: then it is to be sent again.
   */
  readonly admit: (alias: string, authorization: string | undefined) => void
  /** Of one that was admitted. Throws as the receiver does. */
  readonly receive: (alias: string, text: string) => Promise<void>
  readonly close: () => Promise<void>
}

export interface SignalsOptions {
  readonly config: Config
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly keys: KeySource
  readonly standing: Standing
  /** What the domain says of its issuers. Throws where nobody knows: then it is as it was. */
  readonly trust: () => Domain
  readonly record: (event: SecurityEvent) => Promise<unknown>
}

/** Milliseconds between looks at the trust and at who is silent. */
const lookEvery = 250
/** Looks after which what is too old is forgotten. */
const forgetAfter = 240
/** Changes in one line of what is kept. */
const changesAtOnce = 500

export async function openSignals(options: SignalsOptions): Promise<Signals> {
  const { config, clock, log, standing } = options
  const states = new States()
  const streams = new Map<string, { readonly from: Signaller; readonly close: () => void }>()
  const authorizations = new Map<string, string>()
  /** Undefined until it is known once: nobody can tell by then who may push. */
  let signallers: ReadonlyMap<string, Signaller> | undefined
  let silent = ''
  let looks = 0
  let timer: NodeJS.Timeout | undefined

  const receiver = createReceiver({ ...options, states, keep: record => kept.keep(record) })
  const now = (): number => Math.floor(clock() / 1_000)
  const kept = await openKeptEvents({
    dir: join(config.stateDir, 'signals'),
    log,
    recall: receiver.recall,
    lost: () => ({ issuer: everyIssuer, changes: [{ kind: 'all', at: now() }] }),
    *all() {
      for (const [issuer, changes] of standing.said()) yield* inLines(issuer, changes)
      yield* receiver.taken()
    },
  })

  /** A stream that the trust does not name as it is any more ends; one that it names begins. */
  function reconcile(): void {
    const trusted = trustNow(options)
    if (trusted === undefined) return
    signallers = trusted
    standing.expect([...trusted.values()].map(({ alias, signals }) => ({ alias, silence: signals.silence })))
    for (const [alias, { from, close }] of streams) {
      if (isSame(trusted.get(alias), from)) continue
      close()
      streams.delete(alias)
    }
    for (const [alias, from] of trusted) if (!streams.has(alias)) streams.set(alias, { from, close: tryBegin(alias, from) })
  }

  /** Without a secret there is no stream, and so silence. */
  function tryBegin(alias: string, from: Signaller): () => void {
    try {
      return begin(alias, from)
    } catch (error) {
      log('signals.unusable', { issuer: alias, cause: String(error) })
      return () => undefined
    }
  }

  function begin(alias: string, from: Signaller): () => void {
    const client = config.signals[alias]?.client
    const wanted = client === undefined ? undefined : wantedOf(alias, from)
    // Whoever runs the transmitter has made the stream, and pushes.
    if (client === undefined || wanted === undefined) return () => undefined
    const transmitter = createTransmitter({
      issuer: from.issuer,
      configuration: from.signals.configuration,
      client: { id: client.id, secret: () => readSecret(client.secret) },
      fetch,
      allowPrivate: config.allowPrivateIssuers,
      hosts: config.issuerHosts,
      now: clock,
    })
    const { receive } = receiver
    return openStream({ from, transmitter, wanted, receive, states, onMade: () => begun(alias), log, random: options.random }).close
  }

  async function begun(alias: string): Promise<void> {
    const record: KeptRecord = { issuer: alias, changes: [{ kind: 'since', at: now() }] }
    standing.apply(alias, record.changes)
    await kept.keep(record)
  }

  function wantedOf(alias: string, { signals }: Signaller): WantedDelivery | undefined {
    const address = config.signals[alias]?.address
    if (signals.delivery === 'poll') return { method: 'poll' }
    return address === undefined ? undefined : { method: 'push', address, authorization: authorizationOf(alias) }
  }

  /** The operator's, or one that is made at first use. Of an issuer of the trust: nobody else has a file. */
  function authorizationOf(alias: string): string {
    const known = authorizations.get(alias)
    if (known !== undefined) return known
    const place = config.signals[alias]?.authorization
    const made = (): string => Buffer.from(secretKeyFile(join(config.stateDir, 'keys', `signals-${alias}.key`))).toString('base64url')
    const authorization = place === undefined ? `Bearer ${made()}` : readSecret(place)
    authorizations.set(alias, authorization)
    return authorization
  }

  function admit(alias: string, authorization: string | undefined): void {
    if (signallers === undefined) throw new SelvageError('policy.missing')
    const from = signallers.get(alias)
    // Compared also where there is nobody: whoever asks learns nothing of who is there.
    const expected = from?.signals.delivery === 'push' ? authorizationOf(alias) : ''
    if (!isEqual(expected, authorization ?? '') || expected === '') throw new SelvageError('signal.sender')
  }

  async function receive(alias: string, text: string): Promise<void> {
    const from = signallers?.get(alias)
    if (from === undefined) throw new SelvageError('signal.sender')
    await receiver.receive(from, text)
  }

  function look(): void {
    reconcile()
    standing.look()
    looks = (looks + 1) % forgetAfter
    if (looks === 0) receiver.forget()
    const told = standing.silent().join()
    if (told !== silent) log(told === '' ? 'signals.heard' : 'signals.stale', { issuers: standing.silent() })
    silent = told
    timer = setTimeout(look, lookEvery)
  }

  look()
  return {
    admit,
    receive,
    close: async () => {
      clearTimeout(timer)
      for (const { close } of streams.values()) close()
      await kept.close()
    },
  }
}

function trustNow({ trust }: SignalsOptions): ReadonlyMap<string, Signaller> | undefined {
  try {
    return new Map(trust().issuers.flatMap(issuer => (issuer.signals === undefined ? [] : [[issuer.alias, issuer as Signaller] as const])))
  } catch {
    return undefined
  }
}

/** Of generations whose texts say the same, each has its own objects. */
const isSame = (one: Signaller | undefined, other: Signaller): boolean => one === other || JSON.stringify(one) === JSON.stringify(other)

function* inLines(issuer: string, changes: Iterable<Change>): Generator<KeptRecord> {
  let line: Change[] = []
  for (const change of changes) {
    line.push(change)
    if (line.length < changesAtOnce) continue
    yield { issuer, changes: line }
    line = []
  }
  if (line.length > 0) yield { issuer, changes: line }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
/** In the same time, whatever they have in common. */
const isEqual = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
