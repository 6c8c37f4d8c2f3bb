import { createHash } from 'node:crypto'
import type { Confirmation, DeviceRecord, DeviceTrust, SenderProof } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { Clock, Log } from '../ports.ts'
import type { RateBound } from '../rate-bound.ts'
import type { Generation } from '../sync/generation.ts'
import { watchFolder } from './folder.ts'
import { openRecordStore, type RecordStore } from './record-store.ts'
import { fewest, type Said, saysTheSame, worse } from './word.ts'

/** What the domain's sources said of devices, by the key that a device proves its requests with: the newest word on a key counts. */
export interface Devices {
  /**
   * Takes a signed record; on the disk when it returns. Throws `device.*`, and `limit.busy` where no more keys are taken, or no more
   * news of its source for now.
   */
  take(text: string): Promise<void>
  /**
   * Of the key that was proven, or of its certificate; expired ones too, so that one that is overdue is not taken for one that
   * nobody made. `lost`: there was one, and nobody knows any more what it said.
   */
  find(proof: SenderProof): DeviceRecord | 'lost' | undefined
  /** Grows whenever a word was taken. */
  epoch(): number
  close(): void
}

export interface DevicesOptions {
  readonly dir: string
  /** A folder in which a device management lays its records. */
  readonly from: string | undefined
  /** Keys of which something may be known. */
  readonly most: number
  /** Of the news that one source sends. */
  readonly rate: Pick<RateBound, 'take'>
  readonly generation: () => Generation
  readonly clock: Clock
  readonly log: Log
}

interface Held {
  /** Milliseconds since 1970 at which they were taken. */
  readonly since: number
  /**
   * As they were signed, all of one second: no one of them may say the worse in all, and the disk keeps what they say together only if it
   * keeps each that somebody signed.
   */
  readonly texts: readonly string[]
  by?: DeviceTrust
  /** As the rules of now take them; undefined: their sources are none of the domain's. */
  record?: DeviceRecord | 'lost' | undefined
  /** Resolves once they are on the disk; undefined where they did not come to it. */
  kept?: Promise<void> | undefined
}

const hour = 3_600_000
/**
 * The longest that a token may live (`maxLifetime`), and a session that it opened at its end: when a record is overdue for as long, no
 * token speaks of its time any more.
 */
const outlived = 36 * hour
/**
 * Since a record was taken, until it has been overdue for so long whatever it said and whoever can read it: no source's counts for more
 * than a day (`maxAge`), nor is it taken if it is of the future by more than some seconds.
 */
const forgettable = 24 * hour + outlived + 60_000

export async function openDevices(options: DevicesOptions): Promise<Devices> {
  const { clock, generation, log, most, rate } = options
  const store: RecordStore = await openRecordStore(options.dir, log)
  /** What was heard of the longest ago is the first. */
  const held = new Map<string, Held>([...store.records()].map(([key, one]) => [key, { ...one, kept: Promise.resolve() }]))
  let epoch = 0

  function current(one: Held | undefined): Held['record'] {
    if (one === undefined) return undefined
    const trust = generation().devices
    if (one.by !== trust) {
      one.by = trust
      one.record = allAgain(trust, one.texts)
    }
    return one.record
  }

  // attacker-controlled: text. Whoever has a record may bring it again and again: what changes nothing costs nothing but its signature.
  async function take(text: string, admit: (source: string) => boolean): Promise<void> {
    const trust = generation().devices
    const record = trust.verify(text, clock())
    const key = keyOf(record.boundTo)
    const before = held.get(key)
    const known = current(before)
    const said = wordOf(trust, { text, record }, before?.texts ?? [], known)
    if (typeof said === 'string') return said === 'known' && before !== undefined ? keep(key, before) : undefined
    if (!admit(record.source)) throw new SelvageError('limit.busy', { cause: `more news of ${record.source} than are taken` })
    if (before === undefined && held.size >= most) makeRoom(record)
    // At once: a word that closes must not wait for a disk.
    const next: Held = { since: clock(), texts: said.map(one => one.text), by: trust, record: said.map(one => one.record).reduce(worse) }
    held.delete(key)
    held.set(key, next)
    epoch += 1
    log('device.record', { source: record.source, observed: record.observedAt })
    await keep(key, next)
  }

  /**
   * INVARIANT: whoever is forgotten falls back to the issuer's word, so nobody is whose overdue word may close anything that lives; nor
   * is anybody for a record that could be forgotten itself.
   */
  function makeRoom(record: DeviceRecord): void {
    const [first] = held
    if (first === undefined || clock() - first[1].since < forgettable || clock() - record.expiresAt >= outlived)
      throw new SelvageError('limit.busy', { cause: 'no more devices are taken' })
    const [key, { since }] = first
    held.delete(key)
    log('device.forgotten', { since })
    // Where the disk does not let go of it, it is known again after a start.
    void store.forget(key).catch(() => undefined)
  }

  /** One that did not come to the disk is written again when it comes again. */
  function keep(key: string, one: Held): Promise<void> {
    one.kept ??= store.keep(key, one.texts).catch(cause => {
      one.kept = undefined
      throw cause
    })
    return one.kept
  }

  // Whoever may write to the folder is trusted, and all of it is read again after a start.
  const folder = options.from === undefined ? undefined : watchFolder(options.from, text => take(text, () => true), log)
  return {
    take: text => take(text, source => rate.take(source)),
    find: proof =>
      proof.kind === 'bearer' ? undefined : (current(held.get(keyOf(confirmationOf(proof)))) ?? generation().devices.find(proof)),
    epoch: () => epoch,
    close: () => folder?.close(),
  }
}

/** `known` as they say it together: what is to be held once a record is heard, if that is anything else. */
function wordOf(trust: DeviceTrust, heard: Said, texts: readonly string[], known: Held['record']): readonly Said[] | 'known' | 'older' {
  const { record } = heard
  // An overdue one too: it is the newest word, and to have none would fall back to a better one.
  if (known === undefined || known === 'lost' || record.observedAt > known.observedAt) return [heard]
  if (record.observedAt < known.observedAt) return 'older'
  if (saysTheSame(worse(known, record), known)) return 'known'
  const before = texts.map(text => ({ text, record: readAgain(trust, text) }))
  return fewest([...before.filter((one): one is Said => typeof one.record === 'object'), heard])
}

/** Where nobody knows what one of them said, it may have been the worse. */
function allAgain(trust: DeviceTrust, texts: readonly string[]): Held['record'] {
  const records = texts.map(text => readAgain(trust, text))
  return records.reduce((all, one) => (all === 'lost' || one === 'lost' ? 'lost' : all && one ? worse(all, one) : (all ?? one)))
}

/** One that was taken before; a clock that was set back since makes it no other. */
function readAgain(trust: DeviceTrust, text: string): Held['record'] {
  try {
    return trust.verify(text, Number.POSITIVE_INFINITY)
  } catch (error) {
    return error instanceof SelvageError && error.code === 'device.source' ? undefined : 'lost'
  }
}

const confirmationOf = ({ kind, thumbprint }: Exclude<SenderProof, { readonly kind: 'bearer' }>): Confirmation => ({
  kind: kind === 'dpop' ? 'jkt' : 'x5t#S256',
  thumbprint,
})

const keyOf = ({ kind, thumbprint }: Confirmation): string => createHash('sha256').update(`${kind} ${thumbprint}`).digest('hex')
