import { createHash } from 'node:crypto'
import type { Confirmation, DeviceRecord, DeviceTrust, SenderProof } from '@selvage/identity'
import { SelvageError } from '@selvage/kernel/model'
import type { Clock, Log } from '../ports.ts'
import type { Generation } from '../sync/generation.ts'
import { watchFolder } from './folder.ts'
import { openRecordStore, type RecordStore } from './record-store.ts'

/** What the domain's sources said of devices, by the key that a device proves its requests with: the newest word on a key counts. */
export interface Devices {
  /** Takes a signed record; on the disk when it returns. Throws `device.*`, and `limit.busy` where no more keys are taken. */
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
  readonly generation: () => Generation
  readonly clock: Clock
  readonly log: Log
}

/** As the rules of now take it; undefined: its source is none of the domain's. */
interface Held {
  readonly text: string
  by?: DeviceTrust
  record?: DeviceRecord | 'lost' | undefined
}

export async function openDevices(options: DevicesOptions): Promise<Devices> {
  const { clock, generation, log, most } = options
  const store: RecordStore = await openRecordStore(options.dir, log)
  const held = new Map<string, Held>([...store.texts()].map(([key, text]) => [key, { text }]))
  let epoch = 0

  function current(one: Held | undefined): Held['record'] {
    if (one === undefined) return undefined
    const trust = generation().devices
    if (one.by !== trust) {
      one.by = trust
      one.record = readAgain(trust, one.text)
    }
    return one.record
  }

  async function take(text: string): Promise<void> {
    const trust = generation().devices
    const record = trust.verify(text, clock())
    const key = keyOf(record.boundTo)
    const before = current(held.get(key))
    if (before !== undefined && before !== 'lost' && !counts(record, before)) return
    if (!held.has(key) && held.size >= most) throw new SelvageError('limit.busy', { cause: 'no more devices are taken' })
    // At once: a word that closes must not wait for a disk.
    held.set(key, { text, by: trust, record })
    epoch += 1
    log('device.record', { source: record.source, observed: record.observedAt })
    await store.keep(key, text)
  }

  const folder = options.from === undefined ? undefined : watchFolder(options.from, take, log)
  return {
    take,
    find: proof =>
      proof.kind === 'bearer' ? undefined : (current(held.get(keyOf(confirmationOf(proof)))) ?? generation().devices.find(proof)),
    epoch: () => epoch,
    close: () => folder?.close(),
  }
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

/** Newer; or as old and in no way better, so that the order in which two come means nothing. */
function counts(record: DeviceRecord, before: DeviceRecord): boolean {
  if (record.observedAt !== before.observedAt) return record.observedAt > before.observedAt
  return (['managed', 'encrypted', 'patched'] as const).every(name => record.signals[name] !== true || before.signals[name] === true)
}
