import type { ByteWriter } from './byte-writer.ts'

/**
 * ISO 8601 in the proleptic Gregorian calendar. Years before 1 are astronomical and carry a minus (`-0043-03-15` is
 * in 44 BC), years after 9999 have more digits and no sign: the engine reads both back.
 * @param days since 1970-01-01
 */
export function writeDate(out: ByteWriter, days: number): void {
  // Days into eras of 400 years that begin on 1 March: the leap day comes last. Each step stays exact below 2^53.
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  writeYear(out, yearOfEra + era * 400 + (month <= 2 ? 1 : 0))
  out.ascii('-')
  out.padded(month, 2)
  out.ascii('-')
  out.padded(day, 2)
}

function writeYear(out: ByteWriter, year: number): void {
  if (year < 0) out.ascii('-')
  const size = Math.abs(year)
  if (size > 9_999) out.integer(size)
  else out.padded(size, 4)
}

/** `00:00:00`, with a fraction only where there is one. @param units of the day; @param digits of a unit behind the second */
export function writeTime(out: ByteWriter, units: number, digits: number): void {
  const scale = 10 ** digits
  const seconds = Math.floor(units / scale)
  out.padded(Math.floor(seconds / 3_600), 2)
  out.ascii(':')
  out.padded(Math.floor(seconds / 60) % 60, 2)
  out.ascii(':')
  out.padded(seconds % 60, 2)
  writeFraction(out, units - seconds * scale, digits)
}

/** Nothing for zero; trailing zeros are left out. */
function writeFraction(out: ByteWriter, fraction: number, digits: number): void {
  if (fraction === 0) return
  let left = fraction
  let width = digits
  while (left % 10 === 0) {
    left /= 10
    width -= 1
  }
  out.ascii('.')
  out.padded(left, width)
}

/** @param value in units since 1970-01-01T00:00:00, exact; @param digits of a unit behind the second: 0, 3, 6 or 9 */
export function writeTimestamp(out: ByteWriter, value: number | bigint, digits: number): void {
  const dayUnits = 86_400 * 10 ** digits
  let days: number
  let units: number
  if (typeof value === 'number') {
    days = Math.floor(value / dayUnits)
    units = value - days * dayUnits
  } else {
    const wide = BigInt(dayUnits)
    const rest = ((value % wide) + wide) % wide
    days = Number((value - rest) / wide)
    units = Number(rest)
  }
  writeDate(out, days)
  out.ascii('T')
  writeTime(out, units, digits)
}

/** @param seconds east of Greenwich */
export function writeOffset(out: ByteWriter, seconds: number): void {
  const size = Math.abs(seconds)
  out.ascii(seconds < 0 ? '-' : '+')
  out.padded(Math.floor(size / 3_600), 2)
  out.ascii(':')
  out.padded(Math.floor(size / 60) % 60, 2)
  if (size % 60 === 0) return
  out.ascii(':')
  out.padded(size % 60, 2)
}

/** ISO 8601 with a sign on each part that is negative: `P1Y-2M3DT-4H-5M-6.5S`; nothing at all is `PT0S`. */
export function writeInterval(out: ByteWriter, months: number, days: number, micros: bigint): void {
  out.ascii('P')
  const years = Math.trunc(months / 12)
  writePart(out, years, 'Y')
  writePart(out, months - years * 12, 'M')
  writePart(out, days, 'D')
  if (micros === 0n && (months !== 0 || days !== 0)) return
  out.ascii('T')
  const seconds = micros / 1_000_000n
  writePart(out, Number(seconds / 3_600n), 'H')
  writePart(out, Number((seconds / 60n) % 60n), 'M')
  const whole = Number(seconds % 60n)
  const fraction = Number(micros % 1_000_000n)
  if (whole === 0 && fraction === 0 && micros !== 0n) return
  if (whole < 0 || fraction < 0) out.ascii('-')
  out.integer(Math.abs(whole))
  writeFraction(out, Math.abs(fraction), 6)
  out.ascii('S')
}

function writePart(out: ByteWriter, value: number, unit: string): void {
  if (value === 0) return
  out.integer(value)
  out.ascii(unit)
}
