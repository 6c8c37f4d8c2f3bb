import { existsSync, readFileSync } from 'node:fs'
import { type Checkpoint, verifyCheckpoint } from '../checkpoint.ts'
import { LedgerError } from '../error.ts'
import { emptyRoot, equalHashes } from '../hash.ts'
import type { VerifierKey } from '../key.ts'
import { layout } from './layout.ts'

export interface SignedHead extends Checkpoint {
  /** The signed note; undefined while nothing was signed. */
  readonly note: string | undefined
}

/**
 * The newest checkpoint that this log signed. `private/signed` is written before `checkpoint`, so a crash between
 * them, or somebody who takes the served file back, does not make us sign a second history.
 */
export function readSignedHead(dir: string, key: VerifierKey): SignedHead {
  const served = readNote(layout.checkpoint(dir), key)
  const signed = readNote(layout.signed(dir), key)
  if (served === undefined || signed === undefined)
    return signed ?? served ?? { origin: key.name, size: 0, root: emptyRoot, note: undefined }
  if (served.size > signed.size) throw new LedgerError('rollback', 'the served checkpoint is newer than the last one that was signed here')
  if (served.size === signed.size && !equalHashes(served.root, signed.root))
    throw new LedgerError('corrupt', 'two signed roots for one size')
  return signed
}

function readNote(path: string, key: VerifierKey): SignedHead | undefined {
  if (!existsSync(path)) return undefined
  const note = readFileSync(path, 'utf8')
  return { ...verifyCheckpoint(note, key), note }
}
