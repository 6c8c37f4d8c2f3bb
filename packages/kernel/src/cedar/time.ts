import { type Extension, isLong } from './value.ts'

const datetimePattern = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?(?:Z|([+-])(\d{2})(\d{2})))?$/

/** A date, or a date and time with its zone (RFC 80 of Cedar): a moment of the proleptic Gregorian calendar. */
export function parseDatetime(text: string): Extension | undefined {
  const found = datetimePattern.exec(text)
  if (found === null) return undefined
  const [year, month, dayOfMonth, hour, minute, second, milli] = found.slice(1, 8).map(part => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const [, , , , , , , , sign, offsetHours = '0', offsetMinutes = '0'] = found
  if (hour > 23 || minute > 59 || second > 59 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined
  const days = daysSinceEpoch(year, month, dayOfMonth)
  if (days === undefined) return undefined
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 60 + Number(offsetMinutes))
  const minutes = (days * 24 + hour) * 60 + minute - offset
  return { kind: 'datetime', value: BigInt((minutes * 60 + second) * 1_000 + milli) }
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysSinceEpoch(year: number, month: number, day: number): number | undefined {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const length = month === 2 && leap ? 29 : monthLengths[month - 1]
  if (length === undefined || day < 1 || day > length) return undefined
  // Civil to days with years that begin in March; Howard Hinnant, chrono-compatible low-level date algorithms.
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const ofEra = y - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

const durationPattern = /^(-?)(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/
const units = [86_400_000n, 3_600_000n, 60_000n, 1_000n, 1n]

/** `1d2h3m4s5ms`: each unit at most once, in this order, at least one of them. */
export function parseDuration(text: string): Extension | undefined {
  const found = durationPattern.exec(text)
  if (found === null) return undefined
  const amount = units.reduce((sum, unit, at) => sum + unit * BigInt(found[at + 2] ?? 0), 0n)
  const value = found[1] === '-' ? -amount : amount
  return isLong(value) ? { kind: 'duration', value } : undefined
}
