import { type Code, errorTable, SelvageError } from './errors.ts'

/** RFC 9457, as DESIGN section 12 fixes it. `ref` names the entry of the operator's log. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: Code
  readonly detail: string
  readonly help: string
  readonly ref: string
  readonly position?: { readonly line: number; readonly column: number }
  readonly rules?: readonly { readonly id: string; readonly reason?: string }[]
}

export function problemOf(error: SelvageError, ref: string): Problem {
  const { http, title, help } = errorTable[error.code]
  const { options } = error
  return {
    type: `urn:selvage:error:${error.code}`,
    title,
    status: http,
    code: error.code,
    detail: options.detail ?? title,
    help: options.help ?? help,
    ref,
    ...(options.position === undefined ? {} : { position: options.position }),
    ...(options.rules === undefined ? {} : { rules: options.rules }),
  }
}

export const asSelvageError = (error: unknown): SelvageError =>
  error instanceof SelvageError ? error : new SelvageError('internal.fault', { cause: error })
