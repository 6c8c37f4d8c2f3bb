import { LedgerError } from '../error.ts'
import type { FromThread } from './thread.ts'

/** What a thread says before it stops. An error of the disk is `write_failed`: the process ends and replays. */
export function fatalMessage(error: unknown): FromThread {
  const code = error instanceof LedgerError ? error.code : 'write_failed'
  const message = error instanceof LedgerError ? error.message : 'the disk refused; this process must end and replay the log'
  return { kind: 'fatal', code, message, cause: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}
