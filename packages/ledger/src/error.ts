/**
 * Why the ledger refused. `malformed` text or bytes that are not what the format asks; `signature` no or a wrong
 * signature; `proof` a proof that does not hold; `missing` a resource that is not there; `too_large` over a bound;
 * `unreachable` a reader that failed; `locked` another process has the log; `corrupt` what lies on the disk cannot
 * be what was written; `rollback` the log holds less than it signed; `full` try again later; `closed` the writer is
 * closed; `write_failed` the disk refused, the process must end and replay.
 */
export type LedgerErrorCode =
  | 'malformed'
  | 'signature'
  | 'proof'
  | 'missing'
  | 'too_large'
  | 'unreachable'
  | 'locked'
  | 'corrupt'
  | 'rollback'
  | 'full'
  | 'closed'
  | 'write_failed'

/** The one error of this package. Messages name indices, paths inside the log and formats, never the bytes of an entry. */
export class LedgerError extends Error {
  readonly code: LedgerErrorCode

  constructor(code: LedgerErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'LedgerError'
    this.code = code
  }
}
