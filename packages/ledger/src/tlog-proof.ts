import { parseBase64 } from './base64.ts'
import { type Checkpoint, parseDecimal, verifyCheckpoint } from './checkpoint.ts'
import { LedgerError } from './error.ts'
import type { VerifierKey } from './key.ts'
import { verifyInclusion } from './proof.ts'

const header = 'c2sp.org/tlog-proof@v1'
const maxProofText = 1024 * 1024

/** An offline receipt: where an entry lies, the path to the root, and the signed root (C2SP tlog-proof). */
export interface TlogProof {
  readonly index: number
  readonly proof: readonly Uint8Array[]
  /** The signed note, verbatim. */
  readonly checkpoint: string
  /** Not authenticated. */
  readonly extra?: Uint8Array
}

export function formatTlogProof({ index, proof, checkpoint, extra }: TlogProof): string {
  const lines = [header, ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]), `index ${index}`, ...proof.map(toBase64)]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

export function parseTlogProof(text: string): TlogProof {
  if (text.length > maxProofText) throw new LedgerError('too_large', 'a proof is at most 1 MiB')
  const split = text.indexOf('\n\n')
  const lines = split === -1 ? [] : text.slice(0, split).split('\n')
  if (lines.shift() !== header) throw new LedgerError('malformed', `a proof starts with ${header}`)
  const extra = lines[0]?.startsWith('extra ') ? parseBase64(lines.shift()!.slice('extra '.length)) : undefined
  const index = lines.shift()
  if (!index?.startsWith('index ')) throw new LedgerError('malformed', 'a proof names an index')
  return {
    index: parseDecimal(index.slice('index '.length)),
    proof: lines.map(parseBase64),
    checkpoint: text.slice(split + 2),
    ...(extra === undefined ? {} : { extra }),
  }
}

/** The checkpoint that covers the entry with this leaf hash, or an error. */
export function verifyTlogProof({ index, proof, checkpoint }: TlogProof, leaf: Uint8Array, key: VerifierKey): Checkpoint {
  const head = verifyCheckpoint(checkpoint, key)
  verifyInclusion({ index, size: head.size, leaf, proof, root: head.root })
  return head
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
