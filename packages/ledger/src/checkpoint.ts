import { parseBase64 } from './base64.ts'
import { LedgerError } from './error.ts'
import { hashBytes } from './hash.ts'
import type { SignerKey, VerifierKey } from './key.ts'
import { signNote, verifyNote } from './note.ts'

/** A tree head (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string
  /** Number of entries. */
  readonly size: number
  /** RFC 6962 root, 32 bytes. */
  readonly root: Uint8Array
}

/** Reads the *text* of a checkpoint. Extension lines are allowed by the format and dropped: nobody can audit them. */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw new LedgerError('malformed', 'a checkpoint ends with a newline')
  const lines = text.slice(0, -1).split('\n')
  const [origin = '', size = '', root = ''] = lines
  if (lines.length < 3 || lines.includes('')) throw new LedgerError('malformed', 'a checkpoint is origin, size and root')
  const bytes = parseBase64(root)
  if (bytes.length !== hashBytes) throw new LedgerError('malformed', 'a root has 32 bytes')
  return { origin, size: parseDecimal(size), root: bytes }
}

/** Decimal digits without leading zeroes, at most 2^53 - 1. */
export function parseDecimal(text: string): number {
  const value = /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new LedgerError('malformed', 'not a decimal number without leading zeroes')
  return value
}

export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (origin === '' || origin.includes('\n')) throw new TypeError('an origin is one line')
  return `${origin}\n${size}\n${Buffer.from(root).toString('base64')}\n`
}

export const signCheckpoint = (checkpoint: Checkpoint, key: SignerKey): string => signNote(formatCheckpoint(checkpoint), key)

/** Verifies the log's signature and that the checkpoint is of the log that the key names. */
export function verifyCheckpoint(note: Uint8Array | string, key: VerifierKey): Checkpoint {
  const checkpoint = parseCheckpoint(verifyNote(note, [key]).text)
  if (checkpoint.origin !== key.name) throw new LedgerError('signature', 'the checkpoint is of another log than the key')
  return checkpoint
}
