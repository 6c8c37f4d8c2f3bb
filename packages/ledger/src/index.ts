export { type Checkpoint, formatCheckpoint, parseCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
export { formatEntryBundle, maxBundleBytes, parseEntryBundle } from './entry-bundle.ts'
export { LedgerError, type LedgerErrorCode } from './error.ts'
export { emptyRoot, leafHash, maxEntryBytes, nodeHash, rootOf } from './hash.ts'
export {
  formatSignerKey,
  formatVerifierKey,
  getSignerKey,
  isKeyName,
  parseSignerKey,
  parseVerifierKey,
  type SignerKey,
  type VerifierKey,
} from './key.ts'
export { type Note, type NoteSignature, parseNote, signNote, type VerifiedNote, verifyNote } from './note.ts'
export {
  buildConsistency,
  buildInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts'
export type { LogReader } from './reader.ts'
export { entriesPath, tilePath, tileWidth, tileWidthAt } from './tile.ts'
export { formatTlogProof, parseTlogProof, type TlogProof, verifyTlogProof } from './tlog-proof.ts'
export { type FirstBad, type VerifyOptions, type VerifyReport, verifyLog } from './verify.ts'
