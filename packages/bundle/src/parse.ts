import { SelvageError } from '@selvage/kernel/model'

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/

/** Of the calendar: `Date` would read the 30th of February as the 2nd of March. */
export const isInstant = (value: unknown): value is string =>
  typeof value === 'string' && instant.test(value) && !Number.isNaN(Date.parse(value)) && isWritten(value)

const isWritten = (value: string): boolean => new Date(value).toISOString().slice(0, 19) === value.slice(0, 19)

export const isVersion = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

/** Hex SHA-256. */
export const isDigest = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

export function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch (cause) {
    throw new SelvageError('policy.invalid', { cause })
  }
  return invalid('not an object')
}

export function invalid(what: string): never {
  throw new SelvageError('policy.invalid', { cause: `bundle: ${what}` })
}
