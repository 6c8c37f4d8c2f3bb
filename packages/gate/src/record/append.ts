import { createHash } from 'node:crypto'
import { canonicalJson, type Json, SelvageError } from '@selvage/kernel/model'
import type { By } from '../identify/index.ts'
import type { Gate } from '../ports.ts'
import { type EntryFacts, entryBytes } from './entry.ts'

/** Where an entry stands: what a client keeps to have it proven later. */
export interface Receipt {
  readonly origin: string
  readonly index: number
  /** Hex SHA-256 leaf hash (RFC 6962). */
  readonly leaf: string
}

/**
 * Appends and waits until the entry is durable. `onBytes` is told how long it is, details among it, before it is written.
 * Throws `ledger.unavailable`: then nothing may be released.
 */
export async function append(
  gate: Gate,
  by: By,
  facts: EntryFacts,
  detail?: Readonly<Record<string, Json>>,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Receipt> {
  try {
    // A subject's first entry makes its key, on the same disk.
    const blob = detail === undefined ? undefined : sealed(gate, by, detail)
    const digest = blob === undefined ? undefined : createHash('sha256').update(blob).digest('hex')
    const entry = entryBytes(gate, by, facts, digest)
    onBytes(entry.length + (blob?.length ?? 0))
    const { index, leaf } = await gate.audit.append(entry, blob)
    return { origin: gate.audit.origin, index, leaf }
  } catch (cause) {
    throw new SelvageError('ledger.unavailable', { cause })
  }
}

const detailBound = 64 * 1024

function sealed(gate: Gate, { who }: By, detail: Readonly<Record<string, Json>>): Uint8Array {
  const whole = gate.keys.seal(who.subject.id, canonicalJson(detail))
  // Only a statement over thousands of columns comes here: which ones is left out, that they were many is said.
  return whole.length <= detailBound
    ? whole
    : gate.keys.seal(who.subject.id, canonicalJson({ ...detail, columns: {}, columns_omitted: true }))
}
