import { type Code, errorTable, SelvageError } from '@selvage/kernel/model'

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

/**
 * What the operator's log holds of a cause: its kind and where it arose. Never its message: an engine's or a parser's
 * message quotes values of rows and texts that somebody sent.
 */
export function describeCause({ options: { cause } }: SelvageError): object | undefined {
  if (!(cause instanceof Error)) return undefined
  const { code, syscall } = cause as NodeJS.ErrnoException
  const kind = /^[A-Z][A-Za-z ]{0,40}(?=: )/.exec(cause.message)?.[0]
  const told = { name: cause.name, code, syscall, kind, at: framesOf(cause) }
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))
}

/** The message stands in front of the frames, and may itself have lines that look like some. */
function framesOf({ stack = '', message }: Error): readonly string[] {
  const after = stack.slice(stack.indexOf(message) + message.length)
  return after
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .slice(0, 6)
    .map(line => line.trim())
}

export const asSelvageError = (error: unknown): SelvageError =>
  error instanceof SelvageError ? error : new SelvageError('internal.fault', { cause: error })
