import type { SelvageError } from '@selvage/kernel/model'

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
